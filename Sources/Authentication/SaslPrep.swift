/// Prepares a password for SCRAM as PostgreSQL does (`pg_saslprep` in src/common/saslprep.c, after
/// RFC 4013), so that both sides hash the same bytes.
///
/// As there, a password that is not UTF-8, or has characters that are prohibited or were not
/// assigned in Unicode 3.2 (emoji, for one), is used as it is. One difference is left: of the
/// rule that forbids mixing right-to-left with left-to-right characters, the latter are known by
/// their general category, which takes some punctuation and symbols for neutral.
package enum SaslPrep {
    /// The bytes to hash.
    package static func prepared(_ password: [UInt8]) -> [UInt8] {
        guard password.contains(where: { $0 >= 0x80 }),
            let text = String(validating: password, as: UTF8.self)
        else { return password }
        let mapped = text.unicodeScalars.filter { !isMappedToNothing($0) }
            .map { isSpace($0) ? " " : $0 }
        guard !mapped.isEmpty, !mapped.contains(where: isProhibited), hasOneDirection(mapped) else {
            return password
        }
        return normalized(mapped)
    }

    /// NFKC: the compatibility part by our table, the canonical part by the standard library, which
    /// has no better name for it without Foundation.
    private static func normalized(_ scalars: [UnicodeScalar]) -> [UInt8] {
        var decomposed = String.UnicodeScalarView()
        for scalar in scalars {
            decomposed.append(contentsOf: SaslPrepTable.replacement(for: scalar) ?? [scalar])
        }
        return String(decomposed)._nfcCodeUnits
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

    /// RFC 3454, tables A.1 and C.2.1 to C.9.
    private static func isProhibited(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x340...0x341, 0x6DD, 0x70F, 0x180E, 0x200E...0x200F,
            0x2028...0x202E, 0x2061...0x2063, 0x206A...0x206F, 0x2FF0...0x2FFB, 0xE000...0xF8FF,
            0xFDD0...0xFDEF, 0xFFF9...0xFFFF, 0x1_D173...0x1_D17A, 0xE_0001, 0xE_0020...0xE_007F,
            0xF_0000...0x10_FFFF:
            return true
        default:
            guard let age = scalar.properties.age else { return true }
            return (age.major, age.minor) > (3, 2)
        }
    }

    /// RFC 3454, section 6: a password with characters of a right-to-left script has no others
    /// with a direction, and begins and ends with such a one.
    private static func hasOneDirection(_ scalars: [UnicodeScalar]) -> Bool {
        guard let first = scalars.first, let last = scalars.last,
            scalars.contains(where: isRightToLeft)
        else { return true }
        return isRightToLeft(first) && isRightToLeft(last)
            && !scalars.contains(where: isLeftToRight)
    }

    /// RFC 3454, table D.1.
    private static func isRightToLeft(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0x5BE, 0x5C0, 0x5C3, 0x5D0...0x5EA, 0x5F0...0x5F4, 0x61B, 0x61F, 0x621...0x63A,
            0x640...0x64A, 0x66D...0x66F, 0x671...0x6D5, 0x6DD, 0x6E5...0x6E6, 0x6FA...0x6FE,
            0x700...0x70D, 0x710, 0x712...0x72C, 0x780...0x7A5, 0x7B1, 0x200F, 0xFB1D,
            0xFB1F...0xFB28, 0xFB2A...0xFB36, 0xFB38...0xFB3C, 0xFB3E, 0xFB40...0xFB41,
            0xFB43...0xFB44, 0xFB46...0xFBB1, 0xFBD3...0xFD3D, 0xFD50...0xFD8F, 0xFD92...0xFDC7,
            0xFDF0...0xFDFC, 0xFE70...0xFE74, 0xFE76...0xFEFC:
            true
        default: false
        }
    }

    /// RFC 3454, table D.2, nearly.
    private static func isLeftToRight(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .spacingMark, .letterNumber:
            !isRightToLeft(scalar)
        case .nonspacingMark, .enclosingMark, .decimalNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol,
            .otherSymbol, .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format,
            .surrogate, .privateUse, .unassigned:
            false
        @unknown default: false
        }
    }
}
