import Testing
import Vocabulary

@testable import ProxyServer

private let help = "T command:25,meaning:25"
private let row: [AdminValue] = [.text("a"), .text("b")]

@Suite struct AdminSimpleQueryTests {
    @Test func greetingReportsWhatDriversWait() {
        var session = AdminSession(user: "dba", version: "1.2.3")
        let greeting = lines(session.greeting(processID: 7, secret: [1, 2, 3, 4]))
        #expect(greeting.contains("S server_version=15.0 (Switchyard 1.2.3)"))
        #expect(greeting.contains("S client_encoding=UTF8"))
        #expect(greeting.contains("S session_authorization=dba"))
        #expect(greeting.suffix(2) == ["K", "Z I"])
    }

    @Test func aReportWaitsForItsFacts() {
        var talk = Conversation()
        #expect(talk.say(.query("SHOW HELP")) == [])
        #expect(talk.request?.command == .show(.help))
        #expect(talk.session.isWaiting)
        #expect(talk.answer(rows: [row]) == [help, "D a,b", "C SHOW", "Z I"])
        #expect(!talk.session.isWaiting)
    }

    @Test func pipelinedQueriesAreAnsweredInOrder() {
        var talk = Conversation()
        #expect(talk.say(.query("SHOW HELP"), .query("SELECT 1"), .query("RELOAD")) == [])
        #expect(
            talk.answer(rows: []) == [
                help, "C SHOW", "Z I", "T ?column?:23", "D 1", "C SELECT 1", "Z I",
            ])
        #expect(talk.request?.command == .reload)
        #expect(talk.answer(.done) == ["C RELOAD", "Z I"])
    }

    @Test func severalCommandsInOneQuery() {
        var talk = Conversation()
        #expect(talk.say(.query("SET a = 1; SHOW HELP; SELECT 'x'")) == ["C SET"])
        #expect(
            talk.answer(rows: []) == [
                help, "C SHOW", "T ?column?:25", "D x", "C SELECT 1", "Z I",
            ])
    }

    @Test func aFailureVoidsTheRestOfItsQuery() {
        var talk = Conversation()
        _ = talk.say(.query("RELOAD; SHOW HELP"))
        let failure = AdminError(.syntaxError, "bad file")
        #expect(talk.answer(.failed(failure)) == ["E ERROR 42601 bad file", "Z I"])
        #expect(talk.request == nil)
    }

    @Test func aSyntaxErrorRunsNothingOfItsQuery() {
        var talk = Conversation()
        #expect(
            talk.say(.query("RELOAD; NONSENSE")) == ["E ERROR 42601 unknown command", "Z I"])
        #expect(talk.request == nil)
    }

    @Test func emptyQueries() {
        var talk = Conversation()
        #expect(talk.say(.query("")) == ["I", "Z I"])
        #expect(talk.say(.query("-- ping")) == ["I", "Z I"])
    }

    @Test func transactionsAreKeptTrackOf() {
        var talk = Conversation()
        #expect(talk.say(.query("BEGIN")) == ["C BEGIN", "Z T"])
        #expect(talk.say(.query("NONSENSE")).last == "Z E")
        #expect(
            talk.say(.query("SELECT 1")) == [
                "E ERROR 25P02 current transaction is aborted, commands ignored until end of "
                    + "transaction block", "Z E",
            ])
        #expect(talk.say(.query("COMMIT")) == ["C ROLLBACK", "Z I"])
    }

    @Test func aLateOrForgedAnswerIsIgnored() {
        var talk = Conversation()
        _ = talk.say(.query("RELOAD"))
        let token = talk.request?.token ?? 0
        #expect(talk.session.provide(.done, for: token + 1) == AdminReaction())
        #expect(talk.answer(.done) == ["C RELOAD", "Z I"])
        #expect(talk.session.provide(.done, for: token) == AdminReaction())
    }
}

@Suite struct AdminExtendedQueryTests {
    @Test func asyncpgPreparesDescribesAndFetches() {
        var talk = Conversation()
        #expect(
            talk.say(.parse("s1", "SHOW HELP"), .describeStatement("s1"), .flush)
                == ["1", "t 0", help])
        #expect(
            talk.say(.bind(statement: "s1", formats: [1]), .execute(limit: 1), .sync) == ["2"])
        #expect(talk.answer(rows: [row, row]) == ["D a,b", "s", "Z I"])
    }

    @Test func jdbcRunsAReport() {
        var talk = Conversation()
        #expect(
            talk.say(
                .parse("", "SHOW POOLS"), .bind(), .describePortal(), .execute(), .sync
            ).prefix(2) == ["1", "2"])
        #expect(talk.request?.command == .show(.pools))
        #expect(talk.answer(rows: []) == ["C SHOW", "Z I"])
    }

    @Test func binaryResults() {
        var talk = Conversation()
        #expect(
            talk.say(
                .parse("", "SELECT 1"), .bind(formats: [1]), .describePortal(), .execute(), .sync)
                == ["1", "2", "T ?column?:23:binary", "D 0-0-0-1", "C SELECT 1", "Z I"])
        let numbers = ShowStats.columns.count - 1
        _ = talk.say(
            .parse("", "SHOW STATS"), .bind(formats: [0] + .init(repeating: 1, count: numbers)))
        _ = talk.say(.execute(), .sync)
        let values = [AdminValue.text("app")] + .init(repeating: .integer(258), count: numbers)
        let field = "0-0-0-0-0-0-1-2"
        #expect(
            talk.answer(rows: [values]).first
                == "D app," + [String](repeating: field, count: numbers).joined(separator: ","))
    }

    @Test func binaryBooleansAndNulls() {
        var talk = Conversation()
        _ = talk.say(.parse("", "SHOW NODES"), .bind(formats: [1]), .execute(), .sync)
        var values = [AdminValue](repeating: .null, count: 11)
        values[9] = .bool(true)
        #expect(
            talk.answer(rows: [values]).first
                == "D null,null,null,null,null,null,null,null,null,1,null")
    }

    @Test func aSuspendedPortalGoesOn() {
        var talk = Conversation()
        _ = talk.say(.query("BEGIN"))
        _ = talk.say(.parse("", "SHOW HELP"), .bind(portal: "p"), .execute(portal: "p", limit: 2))
        #expect(talk.answer(rows: [row, row, row]) == ["D a,b", "D a,b", "s"])
        #expect(talk.say(.execute(portal: "p", limit: 2), .sync) == ["D a,b", "C SHOW", "Z T"])
        #expect(talk.request == nil)
    }

    @Test func anErrorSkipsToSync() {
        var talk = Conversation()
        #expect(
            talk.say(
                .parse("", "NONSENSE"), .bind(), .execute(), .query("SELECT 1"), .sync,
                .query("SELECT 'on'"))
                == [
                    "E ERROR 42601 unknown command", "Z I", "T ?column?:25", "D on",
                    "C SELECT 1", "Z I",
                ])
    }

    @Test func aLateErrorSkipsWhatIsQueuedBehindIt() {
        var talk = Conversation()
        _ = talk.say(.parse("", "RELOAD"), .bind(), .execute(), .parse("", "SELECT 1"), .sync)
        #expect(
            talk.answer(.failed(AdminError(.syntaxError, "bad file")))
                == ["E ERROR 42601 bad file", "Z I"])
    }

    @Test func emptyStatements() {
        var talk = Conversation()
        #expect(
            talk.say(.parse("", " -- "), .bind(), .describePortal(), .execute(), .sync)
                == ["1", "2", "n", "I", "Z I"])
    }

    @Test func namesMustExistAndBeNew() {
        var talk = Conversation()
        #expect(
            talk.say(.bind(statement: "nope"), .sync)
                == ["E ERROR 26000 prepared statement \"nope\" does not exist", "Z I"])
        #expect(
            talk.say(.execute(portal: "nope"), .sync)
                == ["E ERROR 34000 portal \"nope\" does not exist", "Z I"])
        #expect(
            talk.say(.parse("s", "SELECT 1"), .parse("s", "SELECT 1"), .sync)
                == ["1", "E ERROR 42P05 prepared statement \"s\" already exists", "Z I"])
        #expect(talk.say(.closeStatement("s"), .parse("s", "RELOAD"), .sync) == ["3", "1", "Z I"])
    }

    @Test func portalsEndWithTheirTransaction() {
        var talk = Conversation()
        _ = talk.say(.parse("s", "SELECT 1"), .bind(portal: "p", statement: "s"), .sync)
        #expect(
            talk.say(.execute(portal: "p"), .sync).first
                == "E ERROR 34000 portal \"p\" does not exist")
    }

    @Test func parametersAndFormatsAreChecked() {
        var talk = Conversation()
        _ = talk.say(.parse("", "SELECT 1"), .sync)
        let oneParameter: [UInt8] = [0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]
        #expect(talk.say(.raw("B", oneParameter), .sync).first?.hasPrefix("E ERROR 08P01") == true)
        #expect(talk.say(.bind(formats: [2]), .sync).first?.hasPrefix("E ERROR 22023") == true)
        #expect(talk.say(.bind(formats: [1, 1]), .sync).first?.hasPrefix("E ERROR 08P01") == true)
    }
}

@Suite struct AdminHostileInputTests {
    @Test func malformedBodiesAreErrorsNotTraps() {
        let bodies: [[UInt8]] = [
            [], [0x41], [0x50], [0, 0, 0], [0x53, 0x41], [0, 0, 0xFF, 0xFF, 1],
        ]
        for type in "QPBDEC".unicodeScalars {
            for body in bodies {
                var talk = Conversation()
                let reply = talk.say(.raw(type, body), .sync)
                #expect(reply.last == "Z I", "\(type) \(body): \(reply)")
            }
        }
    }

    @Test func anUnknownTypeEndsTheSession() {
        var talk = Conversation()
        #expect(talk.say(.raw("~", [])) == ["E FATAL 08P01 invalid frontend message type 126"])
        #expect(talk.isEnded)
        #expect(talk.say(.query("SELECT 1")) == [])
    }

    @Test func terminateEndsTheSession() {
        var talk = Conversation()
        #expect(talk.say(.terminate) == [])
        #expect(talk.isEnded)
    }

    @Test func waitingInputIsBounded() {
        var talk = Conversation()
        _ = talk.say(.query("RELOAD"))
        let big = Ask.raw("Q", [UInt8](repeating: 0x20, count: Limits.stashedInputBytes / 2 - 5))
        #expect(talk.say(big) == [])
        #expect(talk.say(big) == [])
        #expect(talk.say(big) == ["E FATAL 54000 too much input is waiting"])
        #expect(talk.isEnded)
        #expect(talk.answer(.done) == [])
    }

    @Test func namesAreBounded() {
        var talk = Conversation()
        for index in 0..<AdminSession.maxNames {
            #expect(talk.say(.parse("s\(index)", "SELECT 1")) == ["1"])
        }
        #expect(talk.say(.parse("one", "SELECT 1")).first?.hasPrefix("E ERROR 54000") == true)
    }

    @Test func functionCallsAreRefused() {
        var talk = Conversation()
        #expect(
            talk.say(.raw("F", []))
                == ["E ERROR 0A000 the admin database has no functions", "Z I"])
    }
}
