import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// Few clients have one, and all have room for this reference alone.
final class AdminBox {
    var session: AdminSession

    init(_ session: AdminSession) { self.session = session }
}

// A session with the admin database.
extension ClientConnection {
    func openAdmin() {
        let user = login?.parameters?.user ?? ""
        let admin = AdminBox(AdminSession(user: user, version: switchyardVersion))
        self.admin = admin
        stage = .admin
        let secret = registerForCancel()
        channel?.write(admin.session.greeting(processID: processID, secret: secret))
    }

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
            if let reaction = admin?.session.receive(type: type, body: body) {
                carryOut(reaction)
            }
        }
        return offset
    }

    func adminAnswered(_ token: UInt64, _ answer: AdminAnswer) {
        guard stage == .admin, let reaction = admin?.session.provide(answer, for: token) else {
            return
        }
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
