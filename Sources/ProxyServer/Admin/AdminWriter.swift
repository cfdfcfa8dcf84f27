/// Writes messages to a client of the admin database (PostgreSQL documentation, "Message Formats").
struct AdminWriter {
    private(set) var bytes: [UInt8] = []

    /// Hands over what was written and starts anew.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    mutating func parameterStatus(_ name: String, _ value: String) {
        message("S") { body in
            body.string(name)
            body.string(value)
        }
    }

    mutating func backendKeyData(processID: Int32, secret: [UInt8]) {
        message("K") { body in
            body.int32(processID)
            body.bytes += secret
        }
    }

    mutating func readyForQuery(_ status: AdminTransaction) {
        message("Z") { $0.bytes.append(status.rawValue) }
    }

    mutating func commandComplete(_ tag: String) { message("C") { $0.string(tag) } }

    mutating func emptyQueryResponse() { message("I") { _ in } }

    mutating func parseComplete() { message("1") { _ in } }

    mutating func bindComplete() { message("2") { _ in } }

    mutating func closeComplete() { message("3") { _ in } }

    mutating func noData() { message("n") { _ in } }

    mutating func portalSuspended() { message("s") { _ in } }

    /// None of the commands takes parameters.
    mutating func parameterDescription() { message("t") { $0.int16(0) } }

    mutating func rowDescription(_ columns: [AdminColumn], _ formats: AdminFormats) {
        message("T") { body in
            body.int16(columns.count)
            for (index, column) in columns.enumerated() {
                body.string(column.name)
                body.int32(0)  // of no table
                body.int16(0)
                body.int32(Int32(bitPattern: column.type.rawValue))
                body.int16(Int(column.type.length))
                body.int32(-1)  // no type modifier
                body.int16(formats.isBinary(index) ? 1 : 0)
            }
        }
    }

    mutating func dataRow(_ row: [AdminValue], of columns: [AdminColumn], _ formats: AdminFormats) {
        message("D") { body in
            body.int16(row.count)
            for (index, value) in row.enumerated() {
                let isBinary = formats.isBinary(index)
                let field = isBinary ? value.binary(columns[index].type) : value.utf8
                guard let field else {
                    body.int32(-1)
                    continue
                }
                body.int32(Int32(clamping: field.count))
                body.bytes += field
            }
        }
    }

    mutating func errorResponse(_ error: AdminError, severity: String = "ERROR") {
        message("E") { body in
            body.field("S", severity)
            body.field("V", severity)
            body.field("C", error.state.description)
            body.field("M", error.message)
            if let detail = error.detail { body.field("D", detail) }
            if let hint = error.hint { body.field("H", hint) }
            if let position = error.position { body.field("P", String(position)) }
            body.bytes.append(0)
        }
    }

    private mutating func message(_ type: Unicode.Scalar, _ write: (inout AdminBody) -> Void) {
        var body = AdminBody()
        write(&body)
        bytes.append(UInt8(truncatingIfNeeded: type.value))
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: body.bytes.count + 4))
        bytes += body.bytes
    }
}

/// The body of a message being written.
private struct AdminBody {
    var bytes: [UInt8] = []

    mutating func int16(_ value: Int) {
        bytes.appendBigEndian(UInt16(truncatingIfNeeded: value))
    }

    mutating func int32(_ value: Int32) { bytes.appendBigEndian(UInt32(bitPattern: value)) }

    /// Up to a zero byte, which no protocol string may hold.
    mutating func string(_ value: String) {
        bytes += value.utf8.prefix { $0 != 0 }
        bytes.append(0)
    }

    mutating func field(_ code: Unicode.Scalar, _ value: String) {
        bytes.append(UInt8(truncatingIfNeeded: code.value))
        string(value)
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

extension AdminValue {
    fileprivate var utf8: [UInt8]? { text.map { Array($0.utf8) } }

    /// The binary form PostgreSQL gives a value of a type; nil: null.
    fileprivate func binary(_ type: AdminType) -> [UInt8]? {
        var bytes: [UInt8] = []
        switch (self, type) {
        case (.null, _): return nil
        case (.integer(let value), .int4): bytes.appendBigEndian(Int32(clamping: value))
        case (.integer(let value), _): bytes.appendBigEndian(value)
        case (.bool(let value), _): bytes.append(value ? 1 : 0)
        case (.text(let value), _): bytes += value.utf8
        }
        return bytes
    }
}
