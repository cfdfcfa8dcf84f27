import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// A connection that several clients' turns share: each is sent at once, and the answers come in
// that order. What can happen to one of them must not happen to the others: those that have got
// nothing yet are run elsewhere, and what the server still answers to them here is nobody's.
extension ServerConnection {
    /// The turn of its client may be followed by others.
    /// - Parameter cost: what it takes, in nanoseconds.
    func openLine(cost: UInt64) {
        line.open(cost: cost, turns: turns, at: worker.now)
        driver.lines.append(self)
    }

    /// Several clients have turns on it, or could.
    var isShared: Bool { line.isOpen || line.count > 0 }

    /// Nobody joins any more.
    func closeLine() {
        guard line.isOpen else { return }
        line.close()
        driver.lines.removeAll { $0 === self }
    }

    /// A turn of this client may follow those that run here.
    func admits(_ client: ClientConnection) -> Bool {
        guard line.isOpen, line.count < Limits.sharedTurnDepth, profile == client.lane,
            state == .lent || state == .draining, !isBroken, cancel.errand == nil,
            let channel, !channel.isClogged
        else { return false }
        return client.canShare(self)
    }

    /// The turn of this client is sent behind those that run here. Returns how many there are now.
    func join(_ client: ClientConnection) -> Int {
        line.append(client, cost: client.turnCost)
        turns += 1
        if line.count == 1 { watchHead() }
        return line.count + 1
    }

    /// Hands through what the server sent to one client after the other.
    func relayLine(_ input: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        repeat {
            movesOn = false
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            offset += state == .draining ? drain(rest) : relay(rest)
        } while movesOn && offset < input.count
        return offset
    }

    /// The turn at the head is over. True: the next one's answer follows.
    func moveOn() -> Bool {
        guard let next = line.next(at: worker.now) else {
            closeLine()
            return false
        }
        if line.isOpen && line.isOld(turns: turns) { closeLine() }
        client = next
        state = next == nil ? .draining : .lent
        movesOn = true
        if line.count > 0 { watchHead() }
        return true
    }

    /// The client is gone, or its turn is to run elsewhere: what comes of it here is nobody's.
    func vacate(_ leaving: ClientConnection) {
        guard client === leaving else {
            return line.vacate(leaving)
        }
        // Nobody waits for what it has left running.
        guard line.count > 0 else { return abandon() }
        client = nil
        state = .draining
        channel?.setReading(true)
    }

    /// The turn at the head is to have the connection for itself: those behind it run elsewhere.
    func evacuate() {
        closeLine()
        for client in line.evacuate() { client.runAlone() }
    }

    /// The connection is gone. Returns those who were behind the turn that ran.
    func endLine() -> [ClientConnection] {
        closeLine()
        return line.end()
    }

    /// The turn at the head has taken too long for those behind it.
    func checkHead() {
        guard line.count > 0, isShared else { return }
        guard worker.now >= stuckAt else { return watchHead() }
        // Its answer may be here already: what has been sent is looked at after the clock.
        guard line.suspect(at: worker.now) else {
            return worker.loop.wake(at: worker.now.advanced(milliseconds: 1))
        }
        worker.log.debug(
            "a shared turn is slow: those behind it run elsewhere",
            metadata: ["pool": "\(driver.name)", "turns": "\(line.count)"])
        if let client { worker.history.ran(client.turnKey, nanoseconds: stuckFor, bytes: 0) }
        evacuate()
        // Nobody wants its answer.
        if client == nil { abandon() }
    }

    private var stuckFor: UInt64 {
        max(
            Limits.stuckTurnNanoseconds,
            16 * (client.map { worker.history.typicalTime($0.turnKey) } ?? 0))
    }

    private var stuckAt: MonotonicInstant {
        MonotonicInstant(nanoseconds: line.headSince.nanoseconds + stuckFor)
    }

    private func watchHead() { worker.loop.wake(at: stuckAt) }

    /// Throws away what comes of a turn that is nobody's, up to its end.
    private func drain(_ input: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while true {
            switch scanner.next(input.bytes, from: offset) {
            case .unseen(let range): offset = range.upperBound
            case .starved: return offset
            case .violation(let error):
                breach(error.text)
                return input.count
            case .frame(let raw, let body), .head(let raw, let body):
                offset = body.upperBound
                guard let type = BackendMessageType(rawValue: raw), type.mayAnswerRead else {
                    breach("message of type \(raw) in answer to a read")
                    return input.count
                }
                if type == .parameterStatus {
                    noteReport(
                        input.bytes.extracting(
                            (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound))
                }
                guard type == .readyForQuery else { continue }
                return drained(input, offset)
            }
        }
    }

    private func drained(_ input: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        if moveOn() { return offset }
        let consumed = setAside(.givenBack, input, offset)
        return consumed
    }
}

extension BackendMessageType {
    /// What a plain read can bring about.
    fileprivate var mayAnswerRead: Bool {
        switch self {
        case .rowDescription, .dataRow, .commandComplete, .emptyQueryResponse, .readyForQuery,
            .parseComplete, .bindComplete, .closeComplete, .noData, .portalSuspended,
            .parameterDescription, .errorResponse, .noticeResponse, .notificationResponse,
            .parameterStatus, .copyOutResponse, .copyData, .copyDone:
            true
        case .authentication, .backendKeyData, .negotiateProtocolVersion, .copyInResponse,
            .copyBothResponse, .functionCallResponse:
            false
        }
    }
}
