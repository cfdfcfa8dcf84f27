import Vocabulary

@testable import PostgresWire

/// What a scanner said of a whole stream, with neighbouring runs merged and the cut of oversized
/// frames left out: the same however the stream was cut into chunks.
struct ScannedStream: Equatable {
    enum Piece: Equatable {
        case unseen(bytes: Int)
        case frame(type: UInt8, body: [UInt8])
        /// An oversized frame, whole or from its head: its type and all its bytes.
        case oversized(type: UInt8, bytes: Int)
        case violation(WireError)
    }

    private(set) var pieces: [Piece] = []
    /// Bytes that wait for more of their frame.
    private(set) var left = 0

    /// Feeds the stream in chunks; what a step leaves unused is shown again with the next chunk.
    init(_ stream: [UInt8], chunks: [Int], _ interest: FrameInterest) {
        var scanner = FrameScanner(interest)
        var buffer: [UInt8] = []
        var rest = stream[...]
        for size in chunks + [stream.count] {
            buffer += rest.prefix(size)
            rest = rest.dropFirst(size)
            let used = take(buffer, &scanner, interest)
            if case .violation = pieces.last { return }
            buffer.removeSubrange(0..<used)
        }
        left = buffer.count
    }

    private mutating func take(
        _ buffer: [UInt8], _ scanner: inout FrameScanner, _ interest: FrameInterest
    ) -> Int {
        buffer.withUnsafeBytes { bytes in
            var offset = 0
            while true {
                switch scanner.next(bytes.bytes, from: offset) {
                case .unseen(let range):
                    precondition(range.lowerBound == offset && range.upperBound > offset)
                    pass(range.count)
                    offset = range.upperBound
                case .frame(let type, let body):
                    precondition(body.lowerBound == offset + FrameScanner.headerBytes)
                    let isLarge = body.count > interest.wholeBytes(of: type)
                    pieces.append(
                        isLarge
                            ? .oversized(type: type, bytes: body.count + FrameScanner.headerBytes)
                            : .frame(type: type, body: Array(bytes[body])))
                    offset = body.upperBound
                case .head(let type, let body):
                    pieces.append(
                        .oversized(type: type, bytes: body.count + FrameScanner.headerBytes))
                    headBytes = scanner.unseenBytes
                    offset = body.upperBound
                case .starved(let needed):
                    precondition(needed > bytes.count - offset)
                    return offset
                case .violation(let error):
                    pieces.append(.violation(error))
                    return offset
                }
            }
        }
    }

    /// What is still to come of the oversized frame at the end of `pieces`.
    private var headBytes = 0

    private mutating func pass(_ count: Int) {
        let ofHead = min(count, headBytes)
        if ofHead > 0, case .oversized(let type, let bytes) = pieces.last {
            pieces[pieces.count - 1] = .oversized(type: type, bytes: bytes + ofHead)
            headBytes -= ofHead
        }
        let rest = count - ofHead
        guard rest > 0 else { return }
        if case .unseen(let bytes) = pieces.last {
            pieces[pieces.count - 1] = .unseen(bytes: bytes + rest)
        } else {
            pieces.append(.unseen(bytes: rest))
        }
    }

    static func == (a: Self, b: Self) -> Bool { a.pieces == b.pieces && a.left == b.left }
}
