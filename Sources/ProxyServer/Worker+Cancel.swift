import Configuration
import NetworkIO
import Vocabulary

/// A cancel for a session of another process, on its way there.
struct PassedOnCancel: Sendable {
    let request: [UInt8]
    let ticket: CancelTicket
}

extension Worker {
    /// Whoever asked for this cancel hears that it has been dealt with.
    func answer(_ ticket: CancelTicket) {
        if ticket.loop == index {
            cancelDesk.answer(ticket.number)
        } else {
            shared.mailboxes[ticket.loop.index].post(.cancelAnswered(ticket.number))
        }
    }

    /// Passes a cancel on to the process that has the session: on this host over the folder of
    /// Unix-domain sockets, on another host to the address that its processes share. What came from
    /// another host goes to a sibling at the most, and what came from a sibling nowhere.
    func passOn(
        _ request: [UInt8], to place: ProcessPlace, from source: ClientConnection.CancelSource,
        _ ticket: CancelTicket
    ) {
        let cancel = PassedOnCancel(request: request, ticket: ticket)
        let peers = settings.configuration.peers
        if place.host == shared.cancels.place.host {
            guard source != .sibling, let folder = peers.directory else { return answer(ticket) }
            let path = SiblingSocket.path(folder: folder, process: Int(place.process))
            return passOn(cancel, to: SocketAddress.unix(path: path).map { [$0] })
        }
        let host = peers.hosts.first { $0.id == Int(place.host) }
        guard source == .client, let host else { return answer(ticket) }
        Lookup.resolve(host: host.host, port: host.port, for: cancel, worker: self)
    }

    /// The address is known, or there is none.
    func passOn(_ cancel: PassedOnCancel, to resolution: Resolution) {
        guard case .success(let addresses) = resolution else { return answer(cancel.ticket) }
        cancelDesk.submit(
            CancelErrand(
                cancel.request, to: addresses,
                deadline: now.advanced(milliseconds: Limits.cancelWaitMilliseconds)
            ) { [self] _ in answer(cancel.ticket) })
    }
}
