/// What is known of a user's password, of the kinds PostgreSQL knows. Never shown.
package enum UserSecret: Sendable, Equatable {
    /// The password itself.
    case plain([UInt8])
    /// The 32 hexadecimal digits, lower case, behind `md5`.
    case md5([UInt8])
    case scram(ScramVerifier)

    /// Tells the kinds apart as PostgreSQL does (`get_password_type` in
    /// src/backend/libpq/crypt.c): what looks like a hash is one.
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        if let verifier = ScramVerifier(text: text) {
            self = .scram(verifier)
        } else if bytes.count == 35, text.hasPrefix("md5"),
            bytes[3...].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
        {
            self = .md5(Array(text.lowercased().utf8.dropFirst(3)))
        } else {
            self = .plain(bytes)
        }
    }
}

extension UserSecret: Redacted {}
