/// Prepares a password for SCRAM as PostgreSQL does (`pg_saslprep` in src/common/saslprep.c, after
/// RFC 4013), so that both sides hash the same bytes.
///
/// ASCII is left as it is, control characters included. Of the rest, the mapping is done in full:
/// spaces that are not ASCII become a space, and characters that are commonly mapped to nothing
/// vanish. Normalization (NFKC) is not done, since that needs Unicode's tables: a password with
/// composed forms must reach us as it was stored, and so it does from nearly every keyboard. What
/// is not UTF-8 is used as it is, as PostgreSQL does.
package enum SaslPrep {
    package static func prepared(_ password: [UInt8]) -> [UInt8] {
        guard password.contains(where: { $0 >= 0x80 }),
            let text = String(validating: password, as: UTF8.self)
        else { return password }
        var mapped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !isMappedToNothing(scalar) {
            mapped.append(isSpace(scalar) ? " " : scalar)
        }
        // PostgreSQL takes a password that maps to nothing as prohibited, and so the raw bytes.
        return mapped.isEmpty ? password : Array(String(mapped).utf8)
    }

    /// RFC 3454, table C.1.2.
    private static func isSpace(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// RFC 3454, table B.1.
    private static func isMappedToNothing(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200C...0x200D, 0x2060, 0xFE00...0xFE0F,
            0xFEFF:
            true
        default: false
        }
    }
}
