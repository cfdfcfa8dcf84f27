import PostgresWire
import StatementClassifier
import Vocabulary

// Messages whose body does not have its shape. The server reads them before it does anything else,
// raises the error itself, and skips what it would skip; so they go there as they came, and nothing
// of them is noted.
extension Session {
    /// The body of this message does not have its shape.
    mutating func malformed(
        _ type: FrontendMessageType, _ frame: RawSpan, isWhole: Bool = true
    ) -> FrontendVerdict {
        // It may be as it should: its names go on in the part that nobody looks at.
        guard isWhole else { return .fail(.clientProtocol(.malformedBody(type: type.rawValue))) }
        switch type {
        case .query: return malformedEnd(.query, frame)
        case .sync: return malformedEnd(.sync, frame)
        case .parse, .bind, .describe, .execute, .close, .flush, .functionCall, .copyData,
            .copyDone, .copyFail, .terminate, .password:
            // A COPY ends with an error at what does not belong to it, and looks no further.
            if isCopyingIn { return .forward }
            requireWriter()
            guard phase == .attached else { return plain(Owed(.malformed), frame) }
            // What it is owed keeps the server, unless a COPY begins that makes nothing of it.
            ledger.sent(Owed(.malformed))
            return .forward
        }
    }

    /// Whether the names that stand first in a message are within its beginning.
    /// - Parameter head: the beginning of an oversized message, with its header.
    package static func showsNames(_ type: FrontendMessageType, head: RawSpan) -> Bool {
        var reader = BodyReader(head.extracting(FrameScanner.headerBytes..<head.byteCount))
        return switch type {
        case .parse: reader.string() != nil
        case .bind: reader.string() != nil && reader.string() != nil
        case .query, .describe, .execute, .close, .sync, .flush, .functionCall, .copyData,
            .copyDone, .copyFail, .terminate, .password:
            true
        }
    }

    /// One that is answered by ReadyForQuery all the same.
    private mutating func malformedEnd(_ kind: Owed.Kind, _ frame: RawSpan) -> FrontendVerdict {
        requireWriter()
        let owed = segmentEnd(kind)
        guard phase == .attached else {
            batch.add(owed, frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        hasOpenSegment = false
        ledger.sent(owed)
        return .forward
    }

    private mutating func requireWriter() {
        segmentIsRead = false
        segmentMayWrite = true
        batch.requirePrimary()
    }

    /// The same in a block that failed before any server knew of it.
    mutating func malformedInFailedBlock(
        _ type: FrontendMessageType, reply: inout MessageWriter
    ) -> FrontendVerdict {
        refuse(.invalidMessage, endsSegment: type == .query, reply: &reply)
        return .consumed
    }
}
