/// The byte of ReadyForQuery (PostgreSQL documentation, "Message Formats").
package enum TransactionStatus: UInt8, Sendable, Hashable {
    case idle = 0x49  // I
    case inTransaction = 0x54  // T
    case failed = 0x45  // E
}
