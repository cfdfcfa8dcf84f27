import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// From the pool to a client and back, clean.
extension ServerConnection {
    /// The pool has lent this connection to a client.
    func lend(to client: ClientConnection) {
        state = .lent
        self.client = client
        turns += 1
        // Of what was swallowed before; nothing of it is this client's.
        if scanner.unseenBytes == 0 { dropsUnseen = false }
    }

    /// Hands over what the session on this connection holds.
    func takeContents() -> ServerSession {
        var taken = ServerSession()
        swap(&taken, &contents)
        return taken
    }

    /// The client's turn is over; it may keep the connection for its next.
    func setAside(_ isKept: Bool) {
        state = isKept ? .held : .idle
        if !isKept { client = nil }
        channel?.setReading(true)
    }

    /// The client is done with it; `reset` when something of the client may be left behind.
    func release(reset: Bool) {
        guard state != .closed else { return }
        guard !isBroken else { return abandon() }
        guard !cancel.isDoubtful else { return lostToCancel() }
        client = nil
        channel?.setReading(true)
        needsReset = reset
        if isToBeQuarantined() {
            state = .quarantined
            deadline = worker.now.advanced(milliseconds: Self.resetMilliseconds)
            worker.loop.wake(at: worker.now.advanced(milliseconds: Self.resetMilliseconds))
            needsReset = true
        } else {
            comeBack()
        }
    }

    /// The cancel that held it back is over.
    func leaveQuarantine() {
        if cancel.isDoubtful { lostToCancel() } else { comeBack() }
    }

    private func lostToCancel() { lost("a cancel may still reach it") }

    /// The client is done with it in the middle of a transaction that has only read.
    /// - Parameter reset: besides, put the session back to its state after login.
    func rollBack(reset: Bool) {
        guard state != .closed else { return }
        isInBlock = true
        release(reset: reset)
    }

    private func comeBack() {
        if isInBlock { return putBack("ROLLBACK") }
        guard needsReset else {
            state = .idle
            return driver.giveBack(id)
        }
        needsReset = false
        putBack("DISCARD ALL")
    }

    private func putBack(_ statement: String) {
        isPutBack = false
        state = .resetting
        deadline = worker.now.advanced(milliseconds: Self.resetMilliseconds)
        worker.loop.wake(at: worker.now.advanced(milliseconds: Self.resetMilliseconds))
        worker.reply.clear()
        worker.reply.query(statement)
        channel?.write(worker.reply.bytes)
        worker.reply.clear()
    }

    func reset(_ type: BackendMessageType, _ frame: RawSpan) {
        switch type {
        case .commandComplete: isPutBack = true
        case .readyForQuery:
            // The answer to a Sync that the server was thought to ignore may come before.
            guard isPutBack else { return }
            deadline = nil
            if isInBlock {
                isInBlock = false
                return comeBack()
            }
            state = .idle
            contents.discardedAll()
            driver.giveBack(id)
        case .errorResponse: lost("the session could not be put back")
        case .parameterStatus: noteReport(frame)
        case .noticeResponse, .notificationResponse: break
        case .parseComplete, .bindComplete, .closeComplete, .dataRow, .copyInResponse,
            .copyOutResponse, .emptyQueryResponse, .backendKeyData, .authentication,
            .rowDescription, .functionCallResponse, .copyBothResponse, .copyDone, .copyData,
            .noData, .portalSuspended, .parameterDescription, .negotiateProtocolVersion:
            breach("message of type \(type.rawValue) while the session was put back")
        }
    }

    /// A lent connection that its client never used.
    func giveBack() {
        state = .idle
        client = nil
        driver.giveBack(id)
    }
}
