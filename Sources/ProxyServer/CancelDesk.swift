import NetworkIO
import Vocabulary

/// Who waits to hear that a cancel has been dealt with.
struct CancelTicket: Sendable, Hashable {
    let loop: LoopIndex
    let number: UInt64
}

/// A CancelRequest that waits in line, or is on its way.
final class CancelErrand {
    enum State { case waiting, sent, over }

    let request: [UInt8]
    let addresses: [SocketAddress]
    /// How it is encrypted; nil: not at all.
    let protection: CancelConnection.Protection?
    let deadline: MonotonicInstant
    fileprivate(set) var state = State.waiting
    fileprivate var ended: ((CancelConnection.Outcome) -> Void)?

    /// - Parameter ended: called once, unless the errand is withdrawn.
    init(
        _ request: [UInt8], to addresses: [SocketAddress],
        protection: CancelConnection.Protection? = nil, deadline: MonotonicInstant,
        ended: @escaping (CancelConnection.Outcome) -> Void
    ) {
        self.request = request
        self.addresses = addresses
        self.protection = protection
        self.deadline = deadline
        self.ended = ended
    }

    /// What it was for is over. One that was sent already cannot be called back.
    func withdraw() {
        guard state == .waiting else { return }
        state = .over
        ended = nil
    }

    fileprivate func end(_ outcome: CancelConnection.Outcome) {
        state = .over
        let ended = self.ended
        self.ended = nil
        ended?(outcome)
    }
}

/// The cancels of one worker: who waits to hear of one, and those that are on their way.
///
/// Invariant: to one address at most `Limits.cancelsAtOnce` are under way; others wait in line, in
/// order, and are dropped when that takes too long.
final class CancelDesk {
    private struct Lane {
        var underWay = 0
        var line: [CancelErrand] = []
    }

    private let loop: EventLoop
    private var lanes: [[SocketAddress]: Lane] = [:]
    private var connections: [ObjectIdentifier: CancelConnection] = [:]
    private var waiting: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    init(loop: EventLoop) { self.loop = loop }

    /// Nothing is on its way or waits.
    var isEmpty: Bool { connections.isEmpty && lanes.isEmpty }

    /// Takes a number for somebody who waits; nil when too many do.
    func hold(_ answered: @escaping () -> Void) -> UInt64? {
        guard waiting.count < Limits.cancelsHeld else { return nil }
        lastNumber += 1
        waiting[lastNumber] = answered
        return lastNumber
    }

    /// What this number waits for has been dealt with.
    func answer(_ number: UInt64) { waiting.removeValue(forKey: number)?() }

    /// Sends a CancelRequest as soon as may be.
    func submit(_ errand: CancelErrand) {
        lanes[errand.addresses, default: Lane()].line.append(errand)
        advance(errand.addresses)
    }

    /// Called once in a while: drops what has waited too long.
    func tick(_ now: MonotonicInstant) {
        for connection in Array(connections.values) { connection.checkDeadline(now) }
        for addresses in Array(lanes.keys) {
            let late = lanes[addresses]?.line.prefix { $0.deadline <= now } ?? []
            lanes[addresses]?.line.removeFirst(late.count)
            for errand in late { drop(errand) }
            advance(addresses)
        }
    }

    private func advance(_ addresses: [SocketAddress]) {
        while var lane = lanes[addresses], lane.underWay < Limits.cancelsAtOnce {
            guard !lane.line.isEmpty else {
                if lane.underWay == 0 { lanes[addresses] = nil }
                return
            }
            let errand = lane.line.removeFirst()
            let isDue = errand.state == .waiting && errand.deadline > loop.now
            if isDue { lane.underWay += 1 }
            lanes[addresses] = lane
            if isDue { send(errand) } else { drop(errand) }
        }
    }

    /// It has waited too long, or was withdrawn.
    private func drop(_ errand: CancelErrand) {
        if errand.state == .waiting { errand.end(.notSent) }
    }

    private func send(_ errand: CancelErrand) {
        errand.state = .sent
        let connection = CancelConnection(errand, loop: loop) { [self] connection, outcome in
            connections[ObjectIdentifier(connection)] = nil
            over(errand, outcome)
        }
        connections[ObjectIdentifier(connection)] = connection
        if !connection.start() {
            connections[ObjectIdentifier(connection)] = nil
            over(errand, .notSent)
        }
    }

    private func over(_ errand: CancelErrand, _ outcome: CancelConnection.Outcome) {
        lanes[errand.addresses]?.underWay -= 1
        errand.end(outcome)
        advance(errand.addresses)
    }
}
