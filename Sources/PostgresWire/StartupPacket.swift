import Vocabulary

/// The first message of a connection, which has no type byte (PostgreSQL documentation, "Message
/// Formats": StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
package enum StartupPacket: Sendable, Equatable {
    case sslRequest
    case gssEncryptionRequest
    /// The key has 4 bytes up to protocol 3.1 and up to 256 from 3.2 on.
    case cancel(processID: Int32, secret: [UInt8])
    /// A cancel that another process of this proxy passes on; no client sends it.
    case passedOnCancel(processID: Int32, secret: [UInt8])
    case startup(StartupParameters)
    case unsupportedVersion(major: UInt16, minor: UInt16)
    case malformed(String)
    /// A CancelRequest without a key, or with one that is too long: nobody is told of it.
    case malformedCancel

    /// The newest minor version of protocol 3 that is spoken here: that of PostgreSQL 18.
    package static let newestMinorVersion: UInt16 = 2

    private static let cancelCode: Int32 = 80_877_102
    /// What an SSLRequest consists of, besides its length.
    package static let sslRequestCode: Int32 = 80_877_103
    private static let gssCode: Int32 = 80_877_104
    /// 1234.5690: next to PostgreSQL's request codes, and unknown to it.
    private static let passedOnCode: Int32 = 80_877_114

    /// Reads the body that follows the length word.
    package static func read(_ body: RawSpan) -> StartupPacket {
        var reader = BodyReader(body)
        guard let code = reader.int32() else {
            return .malformed("invalid length of startup packet")
        }
        switch code {
        // What follows in the packet is ignored, as PostgreSQL does.
        case sslRequestCode: return .sslRequest
        case gssCode: return .gssEncryptionRequest
        case cancelCode:
            guard let (number, secret) = cancel(&reader, body) else { return .malformedCancel }
            return .cancel(processID: number, secret: secret)
        case passedOnCode:
            guard let (number, secret) = cancel(&reader, body) else { return .malformedCancel }
            return .passedOnCancel(processID: number, secret: secret)
        case _: return startup(UInt32(bitPattern: code), &reader, body)
        }
    }

    private static func cancel(
        _ reader: inout BodyReader, _ body: RawSpan
    ) -> (processID: Int32, secret: [UInt8])? {
        guard let processID = reader.int32() else { return nil }
        let secret = body.copy(reader.rest())
        guard (1...Limits.cancelKeyBytes).contains(secret.count) else { return nil }
        return (processID, secret)
    }

    /// A CancelRequest as it is sent.
    /// - Parameter isPassedOn: to another process of this proxy, which passes it no further.
    package static func cancelRequest(
        processID: Int32, secret: [UInt8], isPassedOn: Bool = false
    ) -> [UInt8] {
        var writer = MessageWriter()
        writer.untyped {
            $0.int32(isPassedOn ? passedOnCode : cancelCode)
            $0.int32(processID)
            $0.data(secret)
        }
        return writer.bytes
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
    /// `true`, `database` and so on, as sent; nil: not sent.
    package private(set) var replication: String?
    /// Protocol extensions (`_pq_.`), which this proxy knows none of.
    package private(set) var protocolOptions: [String] = []
    /// All other parameters in the order sent: they become settings of the server session.
    package private(set) var settings: [Setting] = []
    /// Where each setting is: a packet may hold thousands, from anybody. Empty while they are few.
    private var places: [String: Int] = [:]
    private static let few = 8

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
            addSetting(Setting(name: name.lowercased(), value: value))
        }
    }

    private mutating func addSetting(_ setting: Setting) {
        // Each `options` adds to those before.
        if setting.name != "options", let place = place(of: setting.name) {
            settings[place] = setting
            return
        }
        settings.append(setting)
        if settings.count == Self.few {
            for (place, setting) in settings.enumerated() { places[setting.name] = place }
        } else if settings.count > Self.few {
            places[setting.name] = settings.count - 1
        }
    }

    private func place(of name: String) -> Int? {
        settings.count < Self.few ? settings.firstIndex { $0.name == name } : places[name]
    }

    /// The protocol that is spoken: what the client asks for, or the newest one that there is.
    package var spokenMinorVersion: UInt16 { min(minorVersion, StartupPacket.newestMinorVersion) }

    /// Bytes of the key that the client gets for its cancels
    /// (src/backend/utils/init/postinit.c, `InitPostgres`).
    package var cancelKeyBytes: Int { minorVersion >= 2 ? 32 : 4 }

    /// The database that is opened: by default the one that is called as the user is.
    package var databaseOrUser: String { database.isEmpty ? user : database }

    /// A walsender without a database; `replication=database` asks for one that has one.
    package var isPhysicalReplication: Bool { ReplicationKind(replication) == .physical }

    /// The value of a setting; nil if it was not sent.
    package func setting(_ name: String) -> String? {
        settings.last { $0.name == name }?.value
    }
}
