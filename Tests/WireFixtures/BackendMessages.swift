import PostgresWire

// What a server sends, under the names of the protocol's own chapter "Message Formats".

package func parseComplete() -> WireMessage { WireMessage(.parseComplete) }
package func bindComplete() -> WireMessage { WireMessage(.bindComplete) }
package func closeComplete() -> WireMessage { WireMessage(.closeComplete) }
package func noData() -> WireMessage { WireMessage(.noData) }
package func portalSuspended() -> WireMessage { WireMessage(.portalSuspended) }
package func emptyQueryResponse() -> WireMessage { WireMessage(.emptyQueryResponse) }

package func parameterDescription(_ types: [Int32] = []) -> WireMessage {
    WireMessage(.parameterDescription) { body in
        body.int16(Int16(clamping: types.count))
        for type in types { body.int32(type) }
    }
}

/// Columns of type text.
package func rowDescription(_ columns: String...) -> WireMessage {
    WireMessage(.rowDescription) { body in
        body.int16(Int16(clamping: columns.count))
        for column in columns {
            body.string(column)
            body.int32(0)
            body.int16(0)
            body.int32(25)
            body.int16(-1)
            body.int32(-1)
            body.int16(0)
        }
    }
}

package func dataRow(_ values: String...) -> WireMessage {
    WireMessage(.dataRow) { body in
        body.int16(Int16(clamping: values.count))
        for value in values {
            body.int32(Int32(clamping: value.utf8.count))
            body.data(Array(value.utf8))
        }
    }
}

package func commandComplete(_ tag: String) -> WireMessage {
    WireMessage(.commandComplete) { $0.string(tag) }
}

package func readyForQuery(_ status: TransactionStatus = .idle) -> WireMessage {
    WireMessage(.readyForQuery) { $0.byte(status.rawValue) }
}

package func error(
    _ state: String, _ text: String = "no", severity: String = "ERROR"
) -> WireMessage {
    WireMessage(.errorResponse) { report(severity, state, text, to: &$0) }
}

package func notice(_ text: String = "mind", state: String = "00000") -> WireMessage {
    WireMessage(.noticeResponse) { report("NOTICE", state, text, to: &$0) }
}

private func report(
    _ severity: String, _ state: String, _ text: String, to body: inout MessageWriter
) {
    for (code, value) in [("S", severity), ("V", severity), ("C", state), ("M", text)] {
        body.data(Array(code.utf8))
        body.string(value)
    }
    body.byte(0)
}

package func notification(_ channel: String, payload: String = "") -> WireMessage {
    WireMessage(.notificationResponse) {
        $0.int32(7)
        $0.string(channel)
        $0.string(payload)
    }
}

package func parameterStatus(_ name: String, _ value: String) -> WireMessage {
    WireMessage(.parameterStatus) {
        $0.string(name)
        $0.string(value)
    }
}

package func backendKeyData(_ processID: Int32, _ secret: [UInt8]) -> WireMessage {
    WireMessage(.backendKeyData) {
        $0.int32(processID)
        $0.data(secret)
    }
}

package func authentication(_ code: Int32, _ data: [UInt8] = []) -> WireMessage {
    WireMessage(.authentication) {
        $0.int32(code)
        $0.data(data)
    }
}

package func copyInResponse() -> WireMessage { WireMessage(.copyInResponse, copyFormat) }
package func copyOutResponse() -> WireMessage { WireMessage(.copyOutResponse, copyFormat) }
package func copyBothResponse() -> WireMessage { WireMessage(.copyBothResponse, copyFormat) }
package func copyOutDone() -> WireMessage { WireMessage(BackendMessageType.copyDone) }
package func copyOutData(_ text: String) -> WireMessage {
    WireMessage(BackendMessageType.copyData) { $0.data(Array(text.utf8)) }
}

/// Text format, one column.
private func copyFormat(_ body: inout MessageWriter) {
    body.byte(0)
    body.int16(1)
    body.int16(0)
}

package func functionCallResponse() -> WireMessage {
    WireMessage(.functionCallResponse) { $0.int32(-1) }
}
