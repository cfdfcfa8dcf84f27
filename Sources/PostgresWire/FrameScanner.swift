import Vocabulary

/// Walks the bytes of one direction of a connection and says what each stretch is.
///
/// Invariant: `unseenBytes` is what is still to come of a frame that was let through before its end
/// had arrived; while it is positive no header is expected.
package struct FrameScanner: Sendable {
    /// What the bytes at an offset are.
    package enum Step: Sendable {
        /// Frames, or parts of one, that nobody needs to see: hand them through.
        case unseen(Range<Int>)
        /// A complete frame; the body follows the five bytes of the header.
        case frame(type: UInt8, body: Range<Int>)
        /// The beginning of a frame too large to be shown whole; the rest follows as `.unseen`.
        case head(type: UInt8, body: Range<Int>)
        /// Nothing can be said before the input from this offset on has that many bytes.
        case starved(needed: Int)
        case violation(WireError)
    }

    /// The five bytes of a type and a length word.
    package static let headerBytes = 5
    /// As much of an oversized frame must be there before its head is shown.
    static let headBytes = Limits.receiveBytes / 2

    package private(set) var unseenBytes = 0
    private let interest: FrameInterest

    package init(_ interest: FrameInterest) { self.interest = interest }

    /// The step at `offset`, which must be where the previous one ended.
    package mutating func next(_ bytes: borrowing RawSpan, from offset: Int) -> Step {
        let end = bytes.byteCount
        var at = offset
        if unseenBytes > 0 {
            let taken = min(unseenBytes, end - at)
            unseenBytes -= taken
            at += taken
        }
        while end - at >= Self.headerBytes {
            let type = bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            let word = Self.lengthWord(bytes, at: at)
            guard word >= 4, word <= UInt32(Limits.messageBytes) else {
                return at > offset
                    ? .unseen(offset..<at)
                    : .violation(
                        .invalidLength(type: type, length: word))
            }
            let total = Int(word) + 1
            guard interest.isUnseen(type) else {
                return at > offset
                    ? .unseen(offset..<at)
                    : seen(type, total: total, at: at, end: end)
            }
            let taken = min(total, end - at)
            unseenBytes = total - taken
            at += taken
        }
        return at > offset ? .unseen(offset..<at) : .starved(needed: Self.headerBytes)
    }

    private mutating func seen(_ type: UInt8, total: Int, at: Int, end: Int) -> Step {
        let available = end - at
        let body = at + Self.headerBytes
        if available >= total { return .frame(type: type, body: body..<(at + total)) }
        if total - Self.headerBytes <= interest.wholeBytes(of: type) {
            return .starved(needed: total)
        }
        guard available >= Self.headBytes else { return .starved(needed: Self.headBytes) }
        unseenBytes = total - available
        return .head(type: type, body: body..<end)
    }

    /// Where so many complete frames end, from the beginning of these bytes; their end if there are
    /// fewer.
    package static func end(ofFrames count: Int, in bytes: RawSpan) -> Int {
        var offset = 0
        for _ in 0..<count {
            guard bytes.byteCount - offset >= headerBytes else { return bytes.byteCount }
            offset = min(offset + 1 + Int(lengthWord(bytes, at: offset)), bytes.byteCount)
        }
        return offset
    }

    private static func lengthWord(_ bytes: borrowing RawSpan, at offset: Int) -> UInt32 {
        bytes.unsafeLoadUnaligned(fromByteOffset: offset + 1, as: UInt32.self).bigEndian
    }
}
