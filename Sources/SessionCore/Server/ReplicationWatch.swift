import PostgresWire

/// Follows what passes on a replication connection, to know when it may be ended without harm.
/// Looks at the headers of frames alone (PostgreSQL documentation, "Streaming Replication
/// Protocol").
package struct ReplicationWatch: Sendable {
    package enum Phase: Sendable, Hashable {
        /// The server waits for a command, outside a transaction.
        case idle
        /// A command runs, such as BASE_BACKUP, or a transaction is open.
        case busy
        /// Both sides copy: the receiver takes up later where it was left.
        case streaming
    }

    package private(set) var phase = Phase.idle
    /// Bytes of the server's that belong to the frame that has begun.
    private var left = 0
    /// The header of the next frame as far as it has come, oldest byte highest.
    private var header: UInt64 = 0
    private var headerCount = 0
    private var awaitsStatus = false

    package init() {}

    /// Nothing is lost that the client could not ask for again.
    package var mayEnd: Bool {
        switch phase {
        case .idle, .streaming: true
        case .busy: false
        }
    }

    /// All that the server has sent are whole frames: one more may be put behind them.
    package var isBetweenFrames: Bool { left == 0 && headerCount == 0 }

    /// The client has sent something.
    package mutating func clientSent() {
        if phase == .idle { phase = .busy }
    }

    /// The server has sent this. False: it is not PostgreSQL's protocol.
    package mutating func serverSent(_ bytes: RawSpan) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            if left > 0 {
                if awaitsStatus {
                    status(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                }
                let taken = min(left, bytes.byteCount - offset)
                left -= taken
                offset += taken
            } else {
                header =
                    header << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                headerCount += 1
                offset += 1
                if headerCount == FrameScanner.headerBytes && !begin() { return false }
            }
        }
        return true
    }

    private mutating func begin() -> Bool {
        let length = Int(header & 0xFFFF_FFFF)
        let type = UInt8(truncatingIfNeeded: header >> 32)
        header = 0
        headerCount = 0
        guard length >= 4 else { return false }
        left = length - 4
        if type == BackendMessageType.copyBothResponse.rawValue { phase = .streaming }
        awaitsStatus = type == BackendMessageType.readyForQuery.rawValue
        return true
    }

    private mutating func status(_ byte: UInt8) {
        awaitsStatus = false
        phase = byte == TransactionStatus.idle.rawValue ? .idle : .busy
    }
}
