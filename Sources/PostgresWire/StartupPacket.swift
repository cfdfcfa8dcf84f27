/// The first message of a connection, which has no type byte (PostgreSQL documentation, "Message
/// Formats": StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
package enum StartupPacket: Sendable, Equatable {
    case sslRequest
    case gssEncryptionRequest
    /// The key has 4 bytes up to protocol 3.0 and up to 256 from 3.2 on.
    case cancel(processID: Int32, secret: [UInt8])
    case startup(StartupParameters)
    case unsupportedVersion(major: UInt16, minor: UInt16)
    case malformed(String)

    private static let cancelCode: Int32 = 80_877_102
    /// What an SSLRequest consists of, besides its length.
    package static let sslRequestCode: Int32 = 80_877_103
    private static let gssCode: Int32 = 80_877_104

    /// Reads the body that follows the length word.
    package static func read(_ body: RawSpan) -> StartupPacket {
        var reader = BodyReader(body)
        guard let code = reader.int32() else {
            return .malformed("invalid length of startup packet")
        }
        switch code {
        case sslRequestCode: return reader.isAtEnd ? .sslRequest : .malformed("invalid SSLRequest")
        case gssCode:
            return reader.isAtEnd ? .gssEncryptionRequest : .malformed("invalid GSSENCRequest")
        case cancelCode: return cancel(&reader, body)
        case _: return startup(UInt32(bitPattern: code), &reader, body)
        }
    }

    private static func cancel(_ reader: inout BodyReader, _ body: RawSpan) -> StartupPacket {
        guard let processID = reader.int32() else { return .malformed("invalid CancelRequest") }
        let secret = body.copy(reader.rest())
        guard (4...256).contains(secret.count) else { return .malformed("invalid CancelRequest") }
        return .cancel(processID: processID, secret: secret)
    }

    private static func startup(
        _ version: UInt32, _ reader: inout BodyReader, _ body: RawSpan
    ) -> StartupPacket {
        let major = UInt16(truncatingIfNeeded: version >> 16)
        let minor = UInt16(truncatingIfNeeded: version)
        guard major == 3 else { return .unsupportedVersion(major: major, minor: minor) }
        var parameters = StartupParameters(minorVersion: minor)
        while let name = reader.string() {
            if name.isEmpty {
                guard reader.isAtEnd else { break }
                return .startup(parameters)
            }
            guard let value = reader.string() else { break }
            parameters.add(body.text(name), body.text(value))
        }
        return .malformed("invalid startup packet layout: expected terminator as last byte")
    }
}

/// What a StartupMessage says.
package struct StartupParameters: Sendable, Equatable {
    /// Of protocol 3: what the client asks for.
    package let minorVersion: UInt16
    package private(set) var user = ""
    package private(set) var database = ""
    /// `true`, `database` and so on, as sent; empty: not a replication connection.
    package private(set) var replication = ""
    /// Protocol extensions (`_pq_.`), which this proxy knows none of.
    package private(set) var protocolOptions: [String] = []
    /// All other parameters in the order sent: they become settings of the server session.
    package private(set) var settings: [Setting] = []

    /// A startup parameter that is a server setting.
    package struct Setting: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(minorVersion: UInt16 = 0) { self.minorVersion = minorVersion }

    /// Takes one parameter in; the last of two with one name wins, as in PostgreSQL.
    package mutating func add(_ name: String, _ value: String) {
        if name == "user" {
            user = value
        } else if name == "database" {
            database = value
        } else if name == "replication" {
            replication = value
        } else if name.hasPrefix("_pq_.") {
            protocolOptions.append(name)
        } else {
            let key = name.lowercased()
            settings.removeAll { $0.name == key && key != "options" }
            settings.append(Setting(name: key, value: value))
        }
    }

    /// A replication connection, by the values that PostgreSQL takes for it
    /// (src/backend/tcop/backend_startup.c, `ProcessStartupPacket`).
    package var isReplication: Bool {
        !["", "false", "off", "no", "0", "f", "n"].contains(replication.lowercased())
    }

    /// The value of a setting; nil if it was not sent.
    package func setting(_ name: String) -> String? {
        settings.last { $0.name == name }?.value
    }
}
