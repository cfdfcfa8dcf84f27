import COpenSSL
import Glibc

// What comes out of files.
extension TLSContext {
    static func load(
        _ options: ServerOptions, into handle: OpaquePointer, _ digest: inout FilesDigest
    ) throws(TLSFailure) {
        try loadPair(options.certificate, options.key, into: handle, &digest)
        if let ciphers = options.ciphers, SSL_CTX_set_cipher_list(handle, ciphers) != 1 {
            throw .ofLibrary("could not set the cipher list (no valid ciphers available)")
        }
        sy_accept_alpn(handle)
        // One ticket serves one resumption; a client that wants another gets it then.
        SSL_CTX_set_num_tickets(handle, 1)
        let name = Array("switchyard".utf8)
        SSL_CTX_set_session_id_context(handle, name, UInt32(name.count))
        guard let authorities = options.clientCA else { return }
        try loadAuthorities(authorities, into: handle, &digest)
        SSL_CTX_set_client_CA_list(handle, SSL_load_client_CA_file(authorities))
        // A client without a certificate is told so later, in PostgreSQL's own words.
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nil)
    }

    static func load(
        _ options: ClientOptions, into handle: OpaquePointer, _ digest: inout FilesDigest
    ) throws(TLSFailure) {
        guard sy_offer_alpn(handle) == 1 else { throw .ofLibrary("cannot offer ALPN") }
        if let certificate = options.certificate, let key = options.key {
            try loadPair(certificate, key, into: handle, &digest)
        }
        if let authorities = options.rootCertificate {
            try loadAuthorities(authorities, into: handle, &digest)
        }
        let isVerified = options.verification != .none
        SSL_CTX_set_verify(handle, isVerified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
    }

    private static func loadPair(
        _ certificate: String, _ key: String, into handle: OpaquePointer,
        _ digest: inout FilesDigest
    ) throws(TLSFailure) {
        try digest.add(certificate, "certificate")
        guard SSL_CTX_use_certificate_chain_file(handle, certificate) == 1 else {
            throw .ofLibrary("could not load the certificate \"\(certificate)\"")
        }
        try digest.add(key, "private key")
        guard SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1 else {
            throw .ofLibrary("could not load the private key \"\(key)\"")
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw .ofLibrary(
                "the private key \"\(key)\" is not that of the certificate \"\(certificate)\"")
        }
    }

    /// The path, if everybody on this machine may read the file.
    static func exposed(_ path: String) -> String? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0 ? path : nil
    }

    private static func loadAuthorities(
        _ path: String, into handle: OpaquePointer, _ digest: inout FilesDigest
    ) throws(TLSFailure) {
        try digest.add(path, "root certificate")
        guard SSL_CTX_load_verify_locations(handle, path, nil) == 1 else {
            throw .ofLibrary("could not load the root certificates \"\(path)\"")
        }
    }
}

/// A digest of the contents of files, in the order they were added.
struct FilesDigest {
    private(set) var value: [UInt8] = []

    /// - Throws: when the file cannot be read; libssl would say so less clearly.
    mutating func add(_ path: String, _ what: String) throws(TLSFailure) {
        guard let file = fopen(path, "r") else {
            throw TLSFailure(
                "could not read the \(what) \"\(path)\": \(systemErrorText(errno))")
        }
        defer { fclose(file) }
        var bytes = value
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        guard ferror(file) == 0 else {
            throw TLSFailure(
                "could not read the \(what) \"\(path)\": \(systemErrorText(errno))")
        }
        value = Self.sha256(bytes)
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        return digest
    }
}
