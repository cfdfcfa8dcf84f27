/// A breach of the message format by a peer. Only its bytes are at fault, never our state.
package enum WireError: Error, Sendable, Hashable {
    /// A length word below 4, or above what PostgreSQL itself accepts.
    case invalidLength(type: UInt8, length: UInt32)
    /// The body does not have the shape that its type requires.
    case malformedBody(type: UInt8)
    /// No message of this direction has this type byte.
    case unknownType(UInt8)

    /// One line for a log or an error, in PostgreSQL's words where it has some.
    package var text: String {
        switch self {
        case .invalidLength(let type, let length):
            "invalid message length \(length) of message type \(type)"
        case .malformedBody(let type): "invalid message format of message type \(type)"
        case .unknownType(let type): "invalid frontend message type \(type)"
        }
    }
}
