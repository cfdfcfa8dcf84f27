import PostgresWire

// What a client sends, under the names of the protocol's own chapter "Message Formats".

package func query(_ text: String) -> WireMessage {
    WireMessage(.query) { $0.string(text) }
}

package func parse(_ name: String = "", _ text: String, types: [Int32] = []) -> WireMessage {
    WireMessage(.parse) { body in
        body.string(name)
        body.string(text)
        body.int16(Int16(clamping: types.count))
        for type in types { body.int32(type) }
    }
}

/// Parameters are sent as text.
package func bind(
    _ statement: String = "", portal: String = "", parameters: [String] = []
) -> WireMessage {
    WireMessage(.bind) { body in
        body.string(portal)
        body.string(statement)
        body.int16(0)
        body.int16(Int16(clamping: parameters.count))
        for parameter in parameters {
            body.int32(Int32(clamping: parameter.utf8.count))
            body.data(Array(parameter.utf8))
        }
        body.int16(0)
    }
}

package func describe(statement: String) -> WireMessage {
    WireMessage(.describe) {
        $0.byte(UInt8(ascii: "S"))
        $0.string(statement)
    }
}

package func describe(portal: String = "") -> WireMessage {
    WireMessage(.describe) {
        $0.byte(UInt8(ascii: "P"))
        $0.string(portal)
    }
}

package func execute(_ portal: String = "", rows: Int32 = 0) -> WireMessage {
    WireMessage(.execute) {
        $0.string(portal)
        $0.int32(rows)
    }
}

package func close(statement: String) -> WireMessage {
    WireMessage(.close) {
        $0.byte(UInt8(ascii: "S"))
        $0.string(statement)
    }
}

package func close(portal: String) -> WireMessage {
    WireMessage(.close) {
        $0.byte(UInt8(ascii: "P"))
        $0.string(portal)
    }
}

package func sync() -> WireMessage { WireMessage(.sync) }
package func flush() -> WireMessage { WireMessage(.flush) }
package func terminate() -> WireMessage { WireMessage(.terminate) }

/// A fast-path call without arguments.
package func functionCall(_ function: Int32) -> WireMessage {
    WireMessage(.functionCall) { body in
        body.int32(function)
        for _ in 0..<3 { body.int16(0) }
    }
}

package func copyData(_ text: String) -> WireMessage {
    WireMessage(FrontendMessageType.copyData) { $0.data(Array(text.utf8)) }
}

package func copyDone() -> WireMessage { WireMessage(FrontendMessageType.copyDone) }
package func copyFail(_ reason: String) -> WireMessage {
    WireMessage(.copyFail) { $0.string(reason) }
}
package func password(_ text: String) -> WireMessage {
    WireMessage(.password) { $0.string(text) }
}

/// Parse, Bind and Execute of one text through the unnamed statement and portal.
package func run(_ text: String) -> [WireMessage] {
    wire {
        parse("", text)
        bind()
        execute()
    }
}
