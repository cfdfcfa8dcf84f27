import Glibc

/// The address of a peer in the system's own layout.
package struct SocketAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Looks a host up: an address or a folder with a Unix-domain socket at once, a name by asking
    /// the system's resolver, which may block for seconds.
    /// - Returns: the addresses, or why there are none.
    package static func resolve(host: String, port: Int) -> Result<[SocketAddress], ResolveError> {
        if host.hasPrefix("/") { return unix(path: "\(host)/.s.PGSQL.\(port)").map { [$0] } }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &found)
        guard failure == 0 else {
            return .failure(ResolveError(text: String(cString: gai_strerror(failure))))
        }
        defer { freeaddrinfo(found) }
        var addresses: [SocketAddress] = []
        var next = found
        while let entry = next {
            let raw = UnsafeRawBufferPointer(
                start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            addresses.append(SocketAddress(bytes: [UInt8](raw)))
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(ResolveError(text: "no address")) : .success(addresses)
    }

    /// Whether `resolve` answers without asking anybody.
    package static func isNumeric(host: String) -> Bool {
        guard !host.hasPrefix("/") else { return true }
        var storage = in6_addr()
        return inet_pton(AF_INET, host, &storage) == 1 || inet_pton(AF_INET6, host, &storage) == 1
    }

    /// A Unix-domain socket by its path.
    package static func unix(path: String) -> Result<SocketAddress, ResolveError> {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let utf8 = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard utf8.count < capacity else {
            return .failure(ResolveError(text: "the socket's path is too long: \(path)"))
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: utf8) }
        return .success(SocketAddress(bytes: withUnsafeBytes(of: &address) { [UInt8]($0) }))
    }
}

/// Why a host has no address.
package struct ResolveError: Error, Sendable, Hashable {
    package let text: String
}

/// A system call's error number in words.
package func systemErrorText(_ number: Int32) -> String { String(cString: strerror(number)) }

/// Removes a file; one that is not there is no error.
func removeFile(_ path: String) { _ = unlink(path) }
