import Authentication
import PostgresWire
import Vocabulary

/// The proxy's own login to a server, from the StartupMessage to the first ReadyForQuery.
package struct ServerLink: Sendable {
    /// Why a server did not let the proxy in.
    package struct Refusal: Error, Sendable, Hashable {
        /// The server's own ErrorResponse, ready to be passed on; empty if it sent none.
        package let message: [UInt8]
        package let state: String
        package let text: String

        /// Nothing that a client can mend by waiting: wrong password, no such database, a startup
        /// parameter that does not exist. Others (full, starting up, shutting down) pass.
        package var isLasting: Bool {
            state == SQLState.protocolViolation.description
                || !state.hasPrefix("57") && !state.hasPrefix("53") && !state.hasPrefix("08")
        }
    }

    package enum Verdict: Sendable {
        case wait
        /// Send these bytes.
        case send([UInt8])
        /// The server waits for queries.
        case ready
        case refused(Refusal)
    }

    /// As the server reported them, in order.
    package private(set) var reported: [SettingsTracker.Reported] = []
    package private(set) var processID: Int32 = 0
    package private(set) var secretKey: [UInt8] = []
    private var authentication: ServerAuthentication
    private var isAuthenticated = false

    /// Keys that spare the costly part of the next login.
    package var keyring: ScramKeyring? { authentication.keyring }

    package init(authentication: ServerAuthentication) { self.authentication = authentication }

    /// The StartupMessage.
    package static func startup(
        user: String, database: String, settings: [StartupParameters.Setting]
    ) -> [UInt8] {
        var writer = MessageWriter()
        writer.untyped { body in
            body.int32(3 << 16)
            for (name, value) in [("user", user), ("database", database)] {
                body.string(name)
                body.string(value)
            }
            for setting in settings {
                body.string(setting.name)
                body.string(setting.value)
            }
            body.byte(0)
        }
        return writer.bytes
    }

    /// A frame of the server, whole.
    package mutating func receive(_ type: BackendMessageType, frame: RawSpan) -> Verdict {
        let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
        switch type {
        case .authentication: return authenticate(body)
        case .parameterStatus: return parameter(body)
        case .backendKeyData: return key(body)
        case .errorResponse: return .refused(Self.refusal(frame, body))
        case .noticeResponse, .negotiateProtocolVersion: return .wait
        case .readyForQuery: return isAuthenticated ? .ready : breach(type)
        case .parseComplete, .bindComplete, .closeComplete, .notificationResponse,
            .commandComplete, .dataRow, .copyInResponse, .copyOutResponse, .emptyQueryResponse,
            .rowDescription, .functionCallResponse, .copyBothResponse, .copyDone, .copyData,
            .noData, .portalSuspended, .parameterDescription:
            return breach(type)
        }
    }

    private mutating func authenticate(_ body: RawSpan) -> Verdict {
        do throws(ServerAuthenticationError) {
            switch try authentication.receive(body.copy(0..<body.byteCount)) {
            case .wait: return .wait
            case .authenticated:
                isAuthenticated = true
                return .wait
            case .answer(let answer):
                var writer = MessageWriter()
                writer.message(FrontendMessageType.password.rawValue) { $0.data(answer) }
                return .send(writer.bytes)
            }
        } catch {
            return .refused(Refusal(message: [], state: "28000", text: error.description))
        }
    }

    private mutating func parameter(_ body: RawSpan) -> Verdict {
        var reader = BodyReader(body)
        guard reported.count < Limits.reportedParameters, let name = reader.string(),
            let value = reader.string()
        else { return breach(.parameterStatus) }
        let text = body.text(name)
        reported.removeAll { $0.name == text }
        reported.append(SettingsTracker.Reported(name: text, value: body.text(value)))
        return .wait
    }

    private mutating func key(_ body: RawSpan) -> Verdict {
        var reader = BodyReader(body)
        guard let number = reader.int32() else { return breach(.backendKeyData) }
        processID = number
        secretKey = body.copy(reader.rest())
        return .wait
    }

    private func breach(_ type: BackendMessageType) -> Verdict {
        .refused(
            Refusal(
                message: [], state: SQLState.protocolViolation.description,
                text: "unexpected message of type \(type.rawValue) during login"))
    }

    /// Reads what an ErrorResponse says.
    package static func refusal(_ frame: RawSpan, _ body: RawSpan) -> Refusal {
        var reader = BodyReader(body)
        var state = ""
        var text = ""
        while let code = reader.byte(), code != 0, let value = reader.string() {
            if code == UInt8(ascii: "C") { state = body.text(value) }
            if code == UInt8(ascii: "M") { text = body.text(value) }
        }
        guard state.utf8.count == 5 else {
            return Refusal(
                message: [], state: SQLState.protocolViolation.description,
                text: "it sent an error without a SQLSTATE")
        }
        return Refusal(message: frame.copy(0..<frame.byteCount), state: state, text: text)
    }
}
