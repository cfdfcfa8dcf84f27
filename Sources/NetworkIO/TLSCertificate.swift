import COpenSSL
import Vocabulary

/// What is read of a certificate. Never keeps it.
enum TLSCertificate {
    /// Who the certificate says its holder is.
    static func peer(_ certificate: OpaquePointer, isVerified: Bool) -> TLSPeer {
        let subject = X509_get_subject_name(certificate)
        return TLSPeer(
            commonName: commonName(subject), distinguishedName: distinguishedName(subject),
            isVerified: isVerified)
    }

    /// The hash of a certificate that SCRAM binds to: by the hash of the certificate's signature,
    /// SHA-256 in place of MD5 and SHA-1 (RFC 5929, section 4.1). nil: the signature has none.
    static func endPointBinding(_ certificate: OpaquePointer) -> [UInt8]? {
        let signature = sy_signature_digest(certificate)
        let weak = [NID_md5, NID_sha1]
        let digest = weak.contains(signature) ? EVP_sha256() : sy_digest(signature)
        guard signature != NID_undef, let digest else { return nil }
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard X509_digest(certificate, digest, &hash, &length) == 1 else { return nil }
        return Array(hash.prefix(Int(length)))
    }

    /// The last one, as OpenSSL and PostgreSQL read it. One with a NUL inside is nobody's name
    /// (CVE-2009-4034).
    private static func commonName(_ subject: OpaquePointer?) -> String {
        var index: Int32 = -1
        var last: Int32 = -1
        while true {
            index = X509_NAME_get_index_by_NID(subject, NID_commonName, index)
            if index < 0 { break }
            last = index
        }
        guard last >= 0, let entry = X509_NAME_get_entry(subject, last),
            let value = X509_NAME_ENTRY_get_data(entry)
        else { return "" }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&bytes, value)
        defer { CRYPTO_free(bytes, "", 0) }
        guard count > 0, let bytes else { return "" }
        let text = UnsafeBufferPointer(start: bytes, count: Int(count))
        return text.contains(0) ? "" : String(decoding: text, as: UTF8.self)
    }

    /// As PostgreSQL's `be_tls_open_server` prints it.
    private static func distinguishedName(_ subject: OpaquePointer?) -> String {
        guard let output = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(output) }
        guard sy_print_name(output, subject) == 1 else { return "" }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        let text = bytes.prefix(Int(max(0, count)))
        return text.contains(0) ? "" : String(decoding: text, as: UTF8.self)
    }
}
