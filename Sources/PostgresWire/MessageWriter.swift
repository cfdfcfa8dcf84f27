/// Builds messages, one after the other, in one buffer. Length words are filled in by itself.
package struct MessageWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    /// Forgets what was written; keeps the storage.
    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Appends bytes that are complete messages already.
    package mutating func raw(_ messages: [UInt8]) { bytes.append(contentsOf: messages) }

    /// A message of one type; `body` writes what follows the length word.
    package mutating func message(_ type: UInt8, _ body: (inout MessageWriter) -> Void = { _ in }) {
        bytes.append(type)
        untyped(body)
    }

    /// A message without a type byte: those of a connection's start.
    package mutating func untyped(_ body: (inout MessageWriter) -> Void) {
        let start = bytes.count
        int32(0)
        body(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start)
        for shift in 0..<4 {
            bytes[start + shift] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(shift)))
        }
    }

    /// One byte.
    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// A big-endian integer of two bytes.
    package mutating func int16(_ value: Int16) {
        let bits = UInt16(bitPattern: value)
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        bytes.append(UInt8(truncatingIfNeeded: bits))
    }

    /// A big-endian integer of four bytes.
    package mutating func int32(_ value: Int32) {
        let bits = UInt32(bitPattern: value)
        for shift in [24, 16, 8, 0] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }

    /// A string with its closing zero byte; a zero byte inside ends it early.
    package mutating func string(_ value: String) {
        bytes.append(contentsOf: value.utf8.prefix { $0 != 0 })
        bytes.append(0)
    }

    /// Bytes as they are.
    package mutating func data(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// A stretch of another message.
    package mutating func bytes(of span: RawSpan) {
        unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Declares another length for the message whose type byte is at `start`: one whose rest will
    /// be sent from elsewhere. In bytes, the length word counted in, as the protocol has it.
    package mutating func setLength(at start: Int, _ length: Int) {
        let word = UInt32(truncatingIfNeeded: length)
        for shift in 0..<4 {
            bytes[start + 1 + shift] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(shift)))
        }
    }

    // Messages that the proxy itself sends, by name.

    /// ReadyForQuery.
    package mutating func readyForQuery(_ status: TransactionStatus) {
        message(BackendMessageType.readyForQuery.rawValue) { $0.byte(status.rawValue) }
    }

    /// CommandComplete with its tag.
    package mutating func commandComplete(_ tag: String) {
        message(BackendMessageType.commandComplete.rawValue) { $0.string(tag) }
    }

    /// A Query message: from the proxy to a server.
    package mutating func query(_ text: String) {
        message(FrontendMessageType.query.rawValue) { $0.string(text) }
    }

    /// A Close message for a prepared statement.
    package mutating func closeStatement(_ name: String) {
        message(FrontendMessageType.close.rawValue) {
            $0.byte(0x53)
            $0.string(name)
        }
    }

    /// An Authentication message: its code and what follows it.
    package mutating func authentication(code: Int32, data: [UInt8] = []) {
        message(BackendMessageType.authentication.rawValue) {
            $0.int32(code)
            $0.data(data)
        }
    }

    /// ParameterStatus.
    package mutating func parameterStatus(_ name: String, _ value: String) {
        message(BackendMessageType.parameterStatus.rawValue) {
            $0.string(name)
            $0.string(value)
        }
    }

    /// BackendKeyData: what a client needs to ask for a cancel.
    package mutating func backendKeyData(processID: Int32, secret: [UInt8]) {
        message(BackendMessageType.backendKeyData.rawValue) {
            $0.int32(processID)
            $0.data(secret)
        }
    }
}
