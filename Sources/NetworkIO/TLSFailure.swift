import COpenSSL

/// Why TLS could not be set up or agreed on, in words.
package struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    /// With what the library says of it.
    static func ofLibrary(_ what: String) -> Self {
        let reason = libraryReason()
        return Self(reason.isEmpty ? what : "\(what): \(reason)")
    }

    /// The oldest error of this thread, which is the cause of the others; empties the list.
    static func libraryReason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return systemReason(code) ?? "error \(code & 0x7F_FFFF)"
    }

    /// Errors of system calls carry their number in place of a reason (`ERR_SYSTEM_ERROR`).
    private static func systemReason(_ code: UInt) -> String? {
        let flag: UInt = 0x8000_0000
        guard code & flag != 0 else { return nil }
        return systemErrorText(Int32(truncatingIfNeeded: code & (flag - 1)))
    }
}
