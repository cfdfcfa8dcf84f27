import PostgresWire

/// One message of either direction, with its header, as it goes over the wire.
package struct WireMessage: Sendable, Hashable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package init(_ type: FrontendMessageType, _ body: (inout MessageWriter) -> Void = { _ in }) {
        self.init(type.rawValue, body)
    }

    init(_ type: BackendMessageType, _ body: (inout MessageWriter) -> Void = { _ in }) {
        self.init(type.rawValue, body)
    }

    private init(_ type: UInt8, _ body: (inout MessageWriter) -> Void) {
        var writer = MessageWriter()
        writer.message(type, body)
        bytes = writer.bytes
    }

    /// The type byte.
    package var type: UInt8 { bytes.first ?? 0 }

    /// What follows the length word.
    package var body: [UInt8] { Array(bytes.dropFirst(5)) }
}

/// Gathers messages in the order they are written down.
@resultBuilder
package enum WireBuilder {
    package static func buildExpression(_ message: WireMessage) -> [WireMessage] { [message] }
    package static func buildExpression(_ messages: [WireMessage]) -> [WireMessage] { messages }
    package static func buildBlock(_ parts: [WireMessage]...) -> [WireMessage] {
        parts.flatMap(\.self)
    }
    package static func buildArray(_ parts: [[WireMessage]]) -> [WireMessage] {
        parts.flatMap(\.self)
    }
    package static func buildOptional(_ part: [WireMessage]?) -> [WireMessage] { part ?? [] }
    package static func buildEither(first: [WireMessage]) -> [WireMessage] { first }
    package static func buildEither(second: [WireMessage]) -> [WireMessage] { second }
}

/// The messages that `body` names, one after the other: `wire { parse("s1", "select 1"); sync() }`.
package func wire(@WireBuilder _ body: () -> [WireMessage]) -> [WireMessage] { body() }

extension [WireMessage] {
    /// All of them as one stretch of bytes.
    package var bytes: [UInt8] { flatMap(\.bytes) }
}

/// A message whose type and length word are as given, right or wrong.
package func raw(type: UInt8, length: UInt32, _ body: [UInt8] = []) -> WireMessage {
    let word = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
    return WireMessage(bytes: [type] + word + body)
}
