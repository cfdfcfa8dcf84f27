import PostgresWire

/// Follows the bytes of a server up to its next ReadyForQuery and makes a digest of them. Keeps no
/// row; takes the bytes in whatever pieces they come.
///
/// Invariant: `left` bytes of the frame of `type` are still to come; while it is 0 a header is
/// expected, of which `header` has the first `headerBytes`.
package struct ReplyReader: Sendable {
    package private(set) var digest = ReplyDigest()
    /// ReadyForQuery has come; nothing is taken any more.
    package private(set) var isComplete = false
    /// What comes is no protocol that could be followed.
    package private(set) var isBroken = false
    /// The first column of the first row as text, if that is short; nil: null, or no row.
    package private(set) var value: String?
    private var type: UInt8 = 0
    private var left = 0
    private var header: UInt64 = 0
    private var headerBytes = 0
    private var row = RowHash()
    /// The beginning of a body that is looked into.
    private var kept: [UInt8] = []

    /// As much is kept of an error, whose SQLSTATE is among its first fields, and of the first row.
    private static let keptBytes = 1_024

    package init() {}

    /// The reply has got so far that its outcome is known; false: it said nothing that ends a
    /// statement, so that there is nothing to compare.
    package private(set) var hasOutcome = false

    /// Takes bytes up to the end of ReadyForQuery; returns how many.
    package mutating func take(_ bytes: RawSpan) -> Int {
        var at = 0
        while at < bytes.byteCount, !isComplete, !isBroken {
            if left > 0 {
                let taken = min(left, bytes.byteCount - at)
                body(bytes.extracting(at..<(at + taken)))
                left -= taken
                at += taken
                if left == 0 { ended() }
            } else {
                header = header << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self))
                headerBytes += 1
                at += 1
                if headerBytes == FrameScanner.headerBytes { begin() }
            }
        }
        digest.bytes += at
        return at
    }

    private mutating func begin() {
        let length = Int(header & 0xFFFF_FFFF)
        type = UInt8(truncatingIfNeeded: header >> 32)
        (header, headerBytes) = (0, 0)
        guard length >= 4 else { return isBroken = true }
        left = length - 4
        if left == 0 { ended() }
    }

    private mutating func body(_ bytes: RawSpan) {
        let isRow = Self.isRow(type)
        if isRow { row.absorb(bytes) }
        let wants =
            type == BackendMessageType.errorResponse.rawValue || isRow && digest.rows == 0
        guard wants, kept.count < Self.keptBytes else { return }
        kept += bytes.copy(0..<min(bytes.byteCount, Self.keptBytes - kept.count))
    }

    private mutating func ended() {
        if Self.isRow(type) {
            if digest.rows == 0 { value = Self.firstColumn(kept) }
            digest.add(row: row.finished)
            row = RowHash()
        }
        switch BackendMessageType(rawValue: type) {
        case .errorResponse:
            hasOutcome = true
            if digest.state == nil { digest.state = Self.state(kept) }
        case .commandComplete, .emptyQueryResponse, .portalSuspended: hasOutcome = true
        case .readyForQuery: isComplete = true
        case .authentication, .backendKeyData, .bindComplete, .closeComplete, .copyInResponse,
            .copyOutResponse, .copyBothResponse, .copyData, .copyDone, .dataRow,
            .functionCallResponse, .negotiateProtocolVersion, .noData, .noticeResponse,
            .notificationResponse, .parameterDescription, .parameterStatus, .parseComplete,
            .rowDescription:
            break
        case nil: isBroken = true
        }
        if !kept.isEmpty { kept.removeAll(keepingCapacity: true) }
    }

    private static func isRow(_ type: UInt8) -> Bool {
        type == BackendMessageType.dataRow.rawValue || type == BackendMessageType.copyData.rawValue
    }

    private static func state(_ body: [UInt8]) -> String {
        body.withUnsafeBytes { buffer in
            var reader = BodyReader(buffer.bytes)
            while let code = reader.byte(), code != 0, let value = reader.string() {
                if code == UInt8(ascii: "C") { return buffer.bytes.text(value) }
            }
            return "XX000"
        }
    }

    private static func firstColumn(_ body: [UInt8]) -> String? {
        body.withUnsafeBytes { buffer in
            var reader = BodyReader(buffer.bytes)
            guard let columns = reader.int16(), columns > 0, let length = reader.int32(),
                length >= 0, Int(length) <= body.count - reader.offset
            else { return nil }
            return buffer.bytes.text(reader.offset..<(reader.offset + Int(length)))
        }
    }
}
