import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// A session with the admin database.
extension ClientConnection {
    func openAdmin() {
        let user = login?.parameters?.user ?? ""
        admin = AdminSession(user: user, version: switchyardVersion)
        stage = .admin
        for (name, value) in Self.adminParameters { worker.reply.parameterStatus(name, value) }
        sendKeyAndReady()
    }

    /// What drivers expect to be told at login.
    private static let adminParameters = [
        ("server_version", "15.0 (Switchyard \(switchyardVersion))"),
        ("server_encoding", "UTF8"), ("client_encoding", "UTF8"), ("DateStyle", "ISO, MDY"),
        ("TimeZone", "UTC"), ("integer_datetimes", "on"), ("standard_conforming_strings", "on"),
    ]

    /// Takes the frames of an admin session; returns how many bytes are done with.
    func takeAdmin(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while stage == .admin {
            let rest = input.count - offset
            guard rest >= FrameScanner.headerBytes else { break }
            let word = input.bytes.unsafeLoadUnaligned(
                fromByteOffset: offset + 1, as: UInt32.self
            ).bigEndian
            guard word >= 4, word <= UInt32(Limits.inspectedBodyBytes) else {
                fail(.clientProtocol(.invalidLength(type: input[offset], length: word)))
                break
            }
            let total = Int(word) + 1
            guard rest >= total else { break }
            let body = [UInt8](input[(offset + FrameScanner.headerBytes)..<(offset + total)])
            let type = input[offset]
            offset += total
            if let reaction = admin?.receive(type: type, body: body) { carryOut(reaction) }
        }
        return offset
    }

    func adminAnswered(_ token: UInt64, _ answer: AdminAnswer) {
        guard stage == .admin, let reaction = admin?.provide(answer, for: token) else { return }
        carryOut(reaction)
    }

    private func carryOut(_ reaction: AdminReaction) {
        if !reaction.output.isEmpty { channel?.write(reaction.output) }
        if let request = reaction.request {
            worker.shared.ask(
                AdminErrand(session: id, loop: worker.index, request: request))
        }
        if reaction.isEnd { end() }
    }
}
