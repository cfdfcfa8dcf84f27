import NetworkIO
import PostgresWire
import Vocabulary

// Cancels: those that this connection carries, and those that are meant for its session.
extension ClientConnection {
    /// Who brought a cancel: it decides how far it goes, so that none goes round in circles.
    enum CancelSource { case client, host, sibling }

    /// This connection is a CancelRequest. It stays open until that has been dealt with, as with
    /// PostgreSQL: then a driver knows that its next statement is not hit.
    func carryCancel(_ processID: Int32, _ secret: [UInt8], from source: CancelSource) {
        stage = .canceling
        channel?.setReading(false)
        guard let number = worker.cancelDesk.hold({ [self] in end() }) else { return end() }
        let ticket = CancelTicket(loop: worker.index, number: number)
        switch worker.shared.cancels.owner(processID: processID, secret: secret) {
        case .session(let loop, let session):
            worker.shared.mailboxes[loop.index].post(.cancel(session, ticket))
        case .elsewhere(let place):
            let request = StartupPacket.cancelRequest(
                processID: processID, secret: secret, isPassedOn: true)
            worker.passOn(request, to: place, from: source, ticket)
        case .nobody: worker.answer(ticket)
        }
    }

    /// The client asked, on another connection, to stop what runs.
    func cancelRequested(_ ticket: CancelTicket) {
        if let replication { return replication.requestCancel(ticket) }
        if isWaiting, stage == .ready {
            withdraw()
            refuse(.canceled)
        } else if session.phase == .listening, !session.withholdsReady {
            hub?.withdraw(id)
            listenRefused(nil, .canceled)
        } else if session.isCancellable, let server {
            if !session.isSharing || !cancelShared(server) {
                return server.requestCancel(ticket)
            }
        }
        worker.answer(ticket)
    }
}
