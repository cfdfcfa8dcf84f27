import PostgresWire
import StatementClassifier
import Vocabulary

// What servers are sent so that they have the statements that clients refer to, and what becomes of
// these when messages fail.
extension Session {
    /// A message that stands in the injection now takes its place among what is owed.
    mutating func rewritten(_ owed: Owed, bytes: Int) -> FrontendVerdict {
        guard phase == .attached else {
            batch.add(owed, frameBytes: bytes)
            guard batch.frameBytes > Limits.heldBatchBytes else { return .keepInstead }
            _ = routeEarly()
            return .routeInstead(.primary)
        }
        hasOpenSegment = true
        ledger.sent(owed)
        return .forwardInstead
    }

    /// Writes a frame with another statement name in it. Returns how many bytes that took: of an
    /// oversized one those of its beginning.
    mutating func rename(
        _ name: Range<Int>, in body: RawSpan, _ frame: RawSpan, to shared: SharedStatement
    ) -> Int {
        let start = injection.bytes.count
        let declared = Int(
            UInt32(bigEndian: frame.unsafeLoadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        let seen = frame.byteCount
        injection.message(frame.unsafeLoad(fromByteOffset: 0, as: UInt8.self)) {
            $0.bytes(of: body.extracting(0..<name.lowerBound))
            if shared == .none {
                SharedStatement.writeVacantName(to: &$0)
            } else {
                shared.write(to: &$0)
            }
            $0.bytes(of: body.extracting((name.upperBound + 1)..<body.byteCount))
        }
        let written = injection.bytes.count - start
        injection.setLength(at: start, declared + written - seen)
        return written
    }

    /// Sees to it that the attached server has this statement.
    mutating func ensure(_ shared: SharedStatement, _ texts: borrowing TextMemory) {
        guard !server.statements.use(shared) else { return }
        make(shared, Owed(.parse, .swallow, statement: 0, shared: shared), texts)
    }

    /// What the server is sent for a client's Parse of a named statement: nothing to speak of if it
    /// has it already. An aborted transaction must refuse it, so there it is parsed again.
    mutating func makeKnown(_ statement: Int, _ number: UInt32, _ texts: borrowing TextMemory) {
        let shared = texts.statements.current(statement)
        if server.statements.use(shared) {
            let mayBeAborted =
                transaction == .failed
                || (transaction == .inTransaction && ledger.owedReadyForQuery > 0)
            guard mayBeAborted else {
                injection.message(FrontendMessageType.close.rawValue) {
                    $0.byte(UInt8(ascii: "S"))
                    SharedStatement.writeVacantName(to: &$0)
                }
                ledger.sent(Owed(.parseKnown, statement: number))
                return
            }
            server.statements.remove(shared)
            closeOnServer(shared)
        }
        make(shared, Owed(.parse, statement: number, shared: shared), texts)
    }

    mutating func make(
        _ shared: SharedStatement, _ owed: Owed, _ texts: borrowing TextMemory
    ) {
        let bytes = texts.statements.byteCount(of: shared.number)
        while let oldest = server.statements.evict(for: bytes) { closeOnServer(oldest) }
        if server.statements.isUncertain { closeOnServer(shared, isKnown: false) }
        texts.statements.writeParse(shared, to: &injection)
        ledger.sent(owed)
        server.statements.insert(shared, bytes: bytes, epoch: texts.promotions.epoch)
        making.append((shared, false))
    }

    /// - Parameter isKnown: the server has it, and still does should it skip this.
    mutating func closeOnServer(_ shared: SharedStatement, isKnown: Bool = true) {
        injection.message(FrontendMessageType.close.rawValue) {
            $0.byte(UInt8(ascii: "S"))
            shared.write(to: &$0)
        }
        ledger.sent(
            Owed(
                .close, .swallow, statement: PreparedStatements.noNumber,
                shared: isKnown ? shared : .none))
    }

    /// Closes the name that statements of the proxy's own have.
    mutating func closeVacant(_ disposition: Owed.Disposition) {
        injection.message(FrontendMessageType.close.rawValue) {
            $0.byte(UInt8(ascii: "S"))
            SharedStatement.writeVacantName(to: &$0)
        }
        ledger.sent(Owed(.close, disposition, statement: PreparedStatements.noNumber))
    }

    /// Writes what makes the unnamed statement exist on the attached server. Returns false if
    /// nothing must.
    mutating func inject(_ preparation: PreparedStatements.Preparation) -> Bool {
        switch preparation {
        case .none: return false
        case .parse(let message, let number):
            injection.raw(message)
            ledger.sent(Owed(.parse, .swallow, statement: number))
        case .closeUnnamed:
            injection.closeStatement("")
            ledger.sent(Owed(.close, .swallow, statement: PreparedStatements.noNumber))
        }
        return true
    }

    /// DEALLOCATE ALL or DISCARD ALL is being sent: what follows it finds nothing prepared.
    mutating func removesStatements() { server.statements.removeAll(isCertain: false) }

    // MARK: Under way

    /// An earlier segment makes this statement, or will turn out to have failed before that: what
    /// refers to it has to wait and see.
    func isBeingMade(_ statement: Int, _ texts: borrowing TextMemory) -> Bool {
        guard !making.isEmpty else { return false }
        let shared = texts.statements.current(statement)
        return making.contains { $0.isBehindSync && $0.statement == shared }
    }

    /// The segment was ended, or turned out not to be.
    mutating func endMaking(_ isBehindSync: Bool) {
        for index in making.indices { making[index].isBehindSync = isBehindSync }
    }

    /// A Parse was answered, or never will be.
    mutating func made(_ owed: Owed) {
        guard !making.isEmpty else { return }
        making.removeAll { $0.statement == owed.shared }
    }

    // MARK: What became of it

    /// A message was refused or skipped.
    mutating func undo(_ owed: Owed) {
        statements.undo(owed)
        undoOnServer(owed)
    }

    /// What the attached server has of it.
    mutating func undoOnServer(_ owed: Owed) {
        guard owed.shared != .none else { return }
        switch owed.kind {
        case .close: server.statements.insert(owed.shared, bytes: 0)
        case .parse:
            server.statements.remove(owed.shared)
            made(owed)
        case .parseKnown, .bind, .describeStatement, .describePortal, .execute, .sync, .query,
            .functionCall, .malformed, .copyEnd:
            break
        }
    }

    /// Gives up the catalog's entries that the session refers to no more.
    mutating func releaseStatements(_ texts: inout TextMemory) {
        for statement in stale { texts.statements.renew(statement) }
        stale.removeAll()
        for statement in statements.released { texts.statements.release(statement) }
        statements.released.removeAll()
    }

    /// The session is over: nothing is referred to any more.
    package mutating func end(texts: inout TextMemory) {
        statements.removeAll()
        releaseStatements(&texts)
    }
}
