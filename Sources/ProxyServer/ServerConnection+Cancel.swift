import PostgresWire
import Vocabulary

/// The cancel of one server connection: at most one is under way, so that it is always known what
/// it may hit.
struct ServerCancel {
    /// In line, or on its way.
    var errand: CancelErrand?
    /// Who hears of its end.
    var tickets: [CancelTicket] = []
    /// Who came while it was on its way: they want one more.
    var late: [CancelTicket] = []
    /// One was sent, and it is not known whether the server has dealt with it: it may still hit
    /// whatever runs here.
    var isDoubtful = false

    /// It has left and may hit what runs here.
    var isUnderWay: Bool { errand?.state == .sent }
}

extension ServerConnection {
    /// Cancels what runs here now.
    /// - Parameter ticket: who asked; nil if nobody waits to hear of it.
    func requestCancel(_ ticket: CancelTicket?) {
        if cancel.isUnderWay {
            // It may have come when nothing was running: ask once more, then.
            if let ticket { cancel.late.append(ticket) }
            return
        }
        if let ticket { cancel.tickets.append(ticket) }
        guard cancel.errand == nil else { return }
        guard let address, processID != 0 else { return answerCancels() }
        let request = StartupPacket.cancelRequest(processID: processID, secret: secretKey)
        let errand = CancelErrand(
            request, to: [address], protection: cancelProtection,
            deadline: worker.now.advanced(milliseconds: Limits.cancelWaitMilliseconds)
        ) { self.cancelEnded($0) }
        cancel.errand = errand
        worker.cancelDesk.submit(errand)
    }

    private func cancelEnded(_ outcome: CancelConnection.Outcome) {
        cancel.errand = nil
        switch outcome {
        case .done, .notSent: break
        case .unknown: cancel.isDoubtful = true
        }
        answerCancels()
        let late = cancel.late
        cancel.late = []
        let runs = state == .lent && client?.session.isCancellable ?? false
        for ticket in late {
            if runs { requestCancel(ticket) } else { worker.answer(ticket) }
        }
        if state == .quarantined { leaveQuarantine() }
    }

    /// The client's turn is over: what has not left yet is not sent any more. True: a cancel is on
    /// its way, and nobody else may have the connection before it has arrived.
    func isToBeQuarantined() -> Bool {
        if cancel.isUnderWay { return true }
        cancel.errand?.withdraw()
        cancel.errand = nil
        answerCancels()
        return false
    }

    /// Those who asked hear that it is over.
    func answerCancels() {
        let tickets = cancel.tickets
        cancel.tickets = []
        for ticket in tickets { worker.answer(ticket) }
    }
}
