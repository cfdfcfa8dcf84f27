import Vocabulary

/// The type byte of a message from a client after its start (PostgreSQL documentation, "Message
/// Formats"; src/include/libpq/protocol.h).
package enum FrontendMessageType: UInt8, Sendable, CaseIterable {
    case bind = 0x42  // B
    case close = 0x43  // C
    case describe = 0x44  // D
    case execute = 0x45  // E
    case functionCall = 0x46  // F
    case flush = 0x48  // H
    case parse = 0x50  // P
    case query = 0x51  // Q
    case sync = 0x53  // S
    case terminate = 0x58  // X
    case copyDone = 0x63  // c
    case copyData = 0x64  // d
    case copyFail = 0x66  // f
    /// PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse share a byte.
    case password = 0x70  // p

    /// The highest length word that PostgreSQL accepts (src/backend/tcop/postgres.c,
    /// `SocketBackend`).
    package var longestLength: Int {
        switch self {
        case .bind, .functionCall, .parse, .query, .copyData, .password: Limits.messageBytes
        case .close, .describe, .execute, .flush, .sync, .terminate, .copyDone, .copyFail:
            Limits.smallMessageBytes
        }
    }

    /// A server that skips to Sync after an error ignores it (src/backend/tcop/postgres.c,
    /// `ignore_till_sync`).
    package var isDiscardable: Bool {
        switch self {
        case .bind, .close, .describe, .execute, .functionCall, .flush, .parse, .query, .copyDone,
            .copyData, .copyFail:
            true
        case .sync, .terminate, .password: false
        }
    }
}
