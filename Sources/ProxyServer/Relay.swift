import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// The way of a server's bytes to its client.
extension ServerConnection {
    /// Hands through what the server sent, a run of frames in one call, and shows the session those
    /// frames that it must see. Returns how many bytes are done with.
    func relay(_ input: UnsafeRawBufferPointer) -> Int {
        guard let client else { return input.count }
        var offset = 0
        var run = 0
        // Sends what has gathered up to `end`; what follows begins at `next`.
        func flush(upTo end: Int, next: Int) {
            if end > run {
                client.sendToClient(UnsafeRawBufferPointer(rebasing: input[run..<end]))
            }
            run = next
        }
        while true {
            switch scanner.next(input.bytes, from: offset) {
            case .unseen(let range):
                if dropsUnseen || client.session.swallowsRows {
                    flush(upTo: range.lowerBound, next: range.upperBound)
                    dropsUnseen = scanner.unseenBytes > 0
                }
                offset = range.upperBound
            case .starved:
                flush(upTo: offset, next: offset)
                return settle(client, offset)
            case .violation(let error):
                flush(upTo: offset, next: offset)
                violated(client, error.text)
                return input.count
            case .frame(let type, let body), .head(let type, let body):
                let start = body.lowerBound - FrameScanner.headerBytes
                offset = body.upperBound
                switch judge(type, input.bytes.extracting(body), client) {
                case .forward: continue
                case .swallow:
                    flush(upTo: start, next: offset)
                    if client.session.hasInjection { client.inject() }
                    dropsUnseen = scanner.unseenBytes > 0
                case .forwardAs(let type):
                    flush(upTo: start, next: offset)
                    client.sendBare(type)
                case .runAgain:
                    flush(upTo: start, next: offset)
                    client.runAgain()
                case .refused:
                    flush(upTo: start, next: start)
                    client.settingsRefused()
                    return input.count
                case .replace:
                    flush(upTo: start, next: offset)
                    client.sendReplacement()
                case .forwardAfterReplacement:
                    flush(upTo: start, next: start)
                    client.sendReplacement()
                case .withdrawn(let release):
                    return turnWithdrawn(client, release, input, offset)
                case .ended(let forward, let release):
                    if client.session.hasReplacement {
                        flush(upTo: start, next: start)
                        client.sendReplacement()
                    }
                    flush(upTo: forward ? offset : start, next: offset)
                    client.noteCatalogChange()
                    if release == .keep {
                        if client.session.hasInjection { client.inject() }
                        continue
                    }
                    if release == .parked { return turnParked(client, input, offset) }
                    return turnEnded(client, release, input, offset)
                case .violation:
                    flush(upTo: start, next: start)
                    violated(client, "message of type \(type) was not expected")
                    return input.count
                }
            }
        }
    }

    private func judge(
        _ raw: UInt8, _ body: RawSpan, _ client: ClientConnection
    ) -> BackendVerdict {
        guard let type = BackendMessageType(rawValue: raw) else { return .violation }
        if type == .errorResponse && client.session.holdsReply { client.weighElsewhere() }
        let verdict = client.session.backend(type, body: body, at: worker.now)
        // Before anything of it goes to the client.
        if client.session.watermark.isDue { client.stampWatermark() }
        if type == .errorResponse {
            if verdict == .swallow { wasToldWhy = true }
            noteRefusedWrite(body, client)
        } else if type == .parameterStatus {
            if client.session.isSharing { noteReport(body: body) } else { noteRecovery(body) }
        }
        return verdict
    }

    /// All that can be taken has been: what was waiting for a turn to end may go on.
    private func settle(_ client: ClientConnection, _ consumed: Int) -> Int {
        if client.isClogged {
            // Nobody waits for a client that does not read.
            if line.isOpen { evacuate() }
            channel?.setReading(false)
        }
        client.resume()
        return consumed
    }

    /// The session is done with the server. What follows in the input is nobody's turn.
    private func turnEnded(
        _ client: ClientConnection, _ kind: ReleaseKind, _ input: UnsafeRawBufferPointer,
        _ offset: Int
    ) -> Int {
        let afterwards = client.turnEnded(on: self, kind)
        let consumed = goesOn(afterwards) ? offset : setAside(afterwards, input, offset)
        client.resume()
        return consumed
    }

    /// The turn was one of several that share the connection, and others follow. One that has left
    /// something behind has the connection to itself from there on.
    private func goesOn(_ afterwards: ClientConnection.Afterwards) -> Bool {
        guard isShared else { return false }
        if afterwards != .givenBack || isBroken {
            isBroken = true
            evacuate()
        }
        return moveOn()
    }

    /// The session's batch is over, and its block goes on.
    private func turnParked(
        _ client: ClientConnection, _ input: UnsafeRawBufferPointer, _ offset: Int
    ) -> Int {
        client.turnParked(on: self)
        let consumed = setAside(.kept, input, offset)
        client.resume()
        return consumed
    }

    /// The session's batch is to run elsewhere, once this server can be left.
    private func turnWithdrawn(
        _ client: ClientConnection, _ kind: ReleaseKind, _ input: UnsafeRawBufferPointer,
        _ offset: Int
    ) -> Int {
        let afterwards = client.turnWithdrawn(on: self, kind)
        let consumed = goesOn(afterwards) ? offset : setAside(afterwards, input, offset)
        client.runElsewhere()
        return consumed
    }

    /// No turn runs here any more: the input from `offset` on is the server's own. Returns how many
    /// bytes are done with.
    func setAside(
        _ afterwards: ClientConnection.Afterwards, _ input: UnsafeRawBufferPointer, _ offset: Int
    ) -> Int {
        setAside(afterwards == .kept)
        let consumed = offset == input.count ? offset : takeOwn(input, from: offset)
        if afterwards != .kept { release(reset: afterwards == .putBack) }
        return consumed
    }

    private func violated(_ client: ClientConnection, _ what: String) {
        worker.log.error(
            "server broke the protocol",
            metadata: ["node": "\(nodeName)", "what": "\(what)", "client": "\(client.id.rawValue)"])
        isBroken = true
        client.fail(.serverProtocol(node: nodeName))
    }
}
