import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

/// Any message in any state: nothing traps, the invariants hold, and a server is given back only
/// when nothing is owed. The peers of this test know no protocol.
@Suite("Session: noise")
struct SessionNoiseTests {
    private static let texts = [
        "select 1", "insert into t values (1)", "begin", "begin read only", "commit", "rollback",
        "set work_mem = '1MB'", "reset all", "listen a", "discard all", "copy t from stdin",
        "select 'open", "", ";;", "set transaction read only", "deallocate all", "savepoint a",
    ]

    private static func frontend(_ random: inout SeededRandom) -> WireMessage {
        let text = texts.randomElement(using: &random) ?? ""
        let name = ["", "s1", "s2"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<17, using: &random) {
        case 0, 1: return query(text)
        case 2, 3: return parse(name, text)
        case 4: return bind(name)
        case 5: return execute()
        case 6: return sync()
        case 7: return flush()
        case 8: return describe(statement: name)
        case 9: return describe(portal: "")
        case 10: return close(statement: name)
        case 11: return close(portal: "")
        case 12: return functionCall(Int32.random(in: 950...960, using: &random))
        case 13: return copyData("x")
        case 14: return random.once(in: 2) ? copyDone() : copyFail("x")
        case 15 where random.once(in: 20): return terminate()
        case _: return malformed(FrontendMessageType.allCases.map(\.rawValue), &random)
        }
    }

    /// A frame of a known type with some bytes for a body.
    private static func malformed(_ types: [UInt8], _ random: inout SeededRandom) -> WireMessage {
        guard random.once(in: 10) else { return sync() }
        let body = (0..<Int.random(in: 0...9, using: &random)).map { _ in
            UInt8.random(in: 0...120, using: &random)
        }
        return raw(
            type: types.randomElement(using: &random) ?? 0, length: UInt32(body.count + 4), body)
    }

    private static func backend(_ random: inout SeededRandom) -> WireMessage {
        let status: TransactionStatus =
            [.idle, .inTransaction, .failed].randomElement(using: &random) ?? .idle
        let replies = wire {
            readyForQuery(status)
            readyForQuery(status)
            readyForQuery(.idle)
            parseComplete()
            bindComplete()
            closeComplete()
            noData()
            commandComplete("X")
            emptyQueryResponse()
            portalSuspended()
            rowDescription("a")
            parameterDescription()
            dataRow("1")
            error("42601")
            error("57P01", severity: "FATAL")
            notice()
            notification("a")
            parameterStatus("TimeZone", "CET")
            copyInResponse()
            copyOutResponse()
            copyOutDone()
            functionCallResponse()
        }
        let types = BackendMessageType.allCases.map(\.rawValue)
        return random.once(in: 12)
            ? malformed(types, &random) : replies.randomElement(using: &random) ?? sync()
    }

    /// What would be right to send now, so that the noise gets somewhere.
    private static func plausible(
        _ stage: SessionStage, _ random: inout SeededRandom
    ) -> WireMessage {
        guard let head = stage.session.ledger.head else { return notice() }
        if random.once(in: 8) { return error("XX000") }
        switch head.kind {
        case .parse: return parseComplete()
        case .bind: return bindComplete()
        case .close, .parseKnown: return closeComplete()
        case .describeStatement, .describePortal: return noData()
        case .execute: return random.once(in: 4) ? copyInResponse() : commandComplete("X")
        case .malformed: return error("08P01")
        case .sync, .query, .functionCall, .copyEnd:
            return readyForQuery(random.once(in: 3) ? .inTransaction : .idle)
        }
    }

    @Test("no sequence of messages and events traps", arguments: 0..<40)
    func noise(_ batch: Int) {
        for seed in UInt64(batch * 10)..<UInt64(batch * 10 + 10) {
            var random = SeededRandom(seed: seed)
            let stage = SessionStage()
            stage.context = "seed \(seed)"
            Self.play(stage, &random)
        }
    }

    static func play(_ stage: SessionStage, _ random: inout SeededRandom) {
        for _ in 0..<120 where !stage.isClosed {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: stage.client([frontend(&random)])
            case 5 where stage.session.phase == .waiting:
                if random.once(in: 5) { stage.refuse() } else { grant(stage, &random) }
            case 6 where stage.isAttached && random.once(in: 12): _ = stage.lose()
            case 7 where stage.isAttached && random.once(in: 6):
                stage.server([backend(&random)])
            case _:
                if stage.isAttached { stage.server([plausible(stage, &random)]) }
                if stage.session.phase == .waiting { grant(stage, &random) }
            }
        }
    }

    /// A primary where one is needed; for a read either.
    private static func grant(_ stage: SessionStage, _ random: inout SeededRandom) {
        let mayBeReplica = stage.needs.last == .read && !random.once(in: 3)
        stage.grant(mayBeReplica ? .replica : .primary)
    }
}
