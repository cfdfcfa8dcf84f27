import CSystem
import Glibc

extension Channel {
    /// The number of the user at the other end of a Unix-domain socket, as the system attests it;
    /// nil on other sockets, and when the peer is gone.
    package var peerUserNumber: UInt32? {
        let number = sy_peer_user(descriptor)
        // A TCP socket answers, too: with a number that stands for nobody.
        return number < 0 || number == Int(UInt32.max) ? nil : UInt32(number)
    }
}

/// Users of this machine.
package enum SystemUser {
    /// The name of a user; nil: there is none of this number. May block for as long as the
    /// directory takes that holds the users.
    package static func name(_ number: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var words = [CChar](repeating: 0, count: 16_384)
        let failure = getpwuid_r(number, &entry, &words, words.count, &found)
        guard failure == 0, found != nil, let name = entry.pw_name else { return nil }
        return words.withUnsafeBufferPointer { _ in String(cString: name) }
    }
}

/// Addresses of this machine.
package enum NetworkInterfaces {
    /// Each address with the length of its network's prefix; 4 bytes of IPv4 or 16 of IPv6, in
    /// network order. Empty if the system does not tell.
    package static func addresses() -> [(bytes: [UInt8], prefixLength: Int)] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var list: [(bytes: [UInt8], prefixLength: Int)] = []
        var next = first
        while let entry = next?.pointee {
            if let bytes = bytes(entry.ifa_addr) {
                let mask = self.bytes(entry.ifa_netmask) ?? bytes.map { _ in 0xFF }
                list.append((bytes, mask.reduce(0) { $0 + $1.nonzeroBitCount }))
            }
            next = entry.ifa_next
        }
        return list
    }

    private static func bytes(_ address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            var four = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: &four) { [UInt8]($0) }
        case AF_INET6:
            var six = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: &six) { [UInt8]($0) }
        case _: return nil
        }
    }
}
