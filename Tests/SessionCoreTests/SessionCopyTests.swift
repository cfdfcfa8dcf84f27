import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: COPY")
struct SessionCopyTests {
    private static let ran = wire {
        parseComplete()
        bindComplete()
    }

    private func copying(extended: Bool) -> SessionStage {
        let stage = SessionStage()
        stage.client(
            extended
                ? run("copy t from stdin") + [sync()] : [query("copy t from stdin")])
        stage.grant(.primary)
        stage.server((extended ? Self.ran : []) + [copyInResponse()])
        #expect(stage.session.isCopyingIn == true)
        _ = stage.clientSees()
        return stage
    }

    @Test("in the simple protocol the data, its end, and the two answers")
    func simple() {
        let stage = copying(extended: false)
        stage.client {
            copyData("1")
            copyDone()
        }
        #expect(stage.serverSees().suffix(2) == ["CopyData \"1\"", "CopyDone"])
        stage.server {
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("COPY out passes through")
    func out() {
        let stage = SessionStage()
        stage.client { query("copy t to stdout") }
        stage.grant(.primary)
        stage.server {
            copyOutResponse()
            copyOutData("1")
            copyOutDone()
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "CopyOutResponse", "CopyDataOut \"1\"", "CopyDoneOut",
                "CommandComplete \"COPY 1\"", "ReadyForQuery I",
            ])
        #expect(stage.releases == [.clean])
    }

    @Test("in the extended protocol the Sync that came before the data is ignored by the server")
    func extended() {
        let stage = copying(extended: true)
        stage.client {
            copyData("1")
            copyDone()
            sync()
        }
        stage.server {
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["CommandComplete \"COPY 1\"", "ReadyForQuery I"])
        #expect(stage.releases == [.clean])
    }

    @Test("all of it sent at once, before the server asked for data")
    func sentAhead() {
        let stage = SessionStage()
        stage.client {
            run("copy t from stdin")
            sync()
        }
        stage.grant(.primary)
        stage.client {
            copyData("1")
            copyDone()
            sync()
        }
        stage.server {
            Self.ran
            copyInResponse()
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(!stage.isClosed)
        #expect(stage.clientSees().last == "ReadyForQuery I")
        #expect(stage.releases == [.clean])
    }

    @Test("the same in the simple protocol, with a Sync behind it")
    func sentAheadSimple() {
        let stage = SessionStage()
        stage.client { query("copy t from stdin") }
        stage.grant(.primary)
        stage.client {
            copyData("1")
            copyDone()
        }
        stage.server { copyInResponse() }
        stage.client { sync() }
        stage.server {
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(stage.releases == [], "the Sync is owed an answer")
        stage.server { readyForQuery() }
        #expect(stage.releases == [.clean])
    }

    @Test("two COPYs in one string, their data sent at once")
    func twice() {
        let stage = SessionStage()
        stage.client { query("copy t from stdin; copy u from stdin") }
        stage.grant(.primary)
        stage.client {
            copyData("1")
            copyDone()
            copyData("2")
            copyDone()
        }
        stage.server {
            copyInResponse()
            commandComplete("COPY 1")
            copyInResponse()
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("an error of the COPY: the rest is skipped up to the Sync behind its end")
    func fails() {
        let stage = copying(extended: true)
        stage.client {
            copyData("bad")
            copyDone()
            sync()
        }
        stage.server {
            error("22P02")
            readyForQuery()
        }
        #expect(stage.releases == [.reset], "the first Sync may have been read after the error")
    }

    @Test("CopyFail ends it with an error")
    func copyFails() {
        let stage = copying(extended: false)
        stage.client { copyFail("enough") }
        stage.server {
            error("57014")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("data and its end that come after the error are nobody's")
    func late() {
        let stage = copying(extended: false)
        stage.server {
            error("22P02")
            readyForQuery()
        }
        stage.client {
            copyData("2")
            copyDone()
            query("select 1")
        }
        #expect(stage.needs == [.primary, .read])
    }

    @Test(
        "a Sync amid the data counts if the COPY had failed before it: the answer is the client's")
    func syncAmidData() {
        let stage = copying(extended: true)
        stage.client {
            copyData("bad")
            sync()
        }
        stage.server {
            error("22P02")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 22P02 \"no\"", "ReadyForQuery I"])
        #expect(stage.releases == [.reset], "another answer may be under way")
    }

    @Test("the Sync before the data, after a failure: what is asked next settles the doubt")
    func doubtInTransaction() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            run("copy t from stdin")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            Self.ran
            copyInResponse()
        }
        // A statement trigger failed: the COPY has read neither the Sync nor the data.
        stage.client {
            copyData("1")
            copyDone()
            sync()
            query("rollback")
        }
        _ = stage.clientSees()
        stage.server {
            error("P0001")
            readyForQuery(.failed)
            readyForQuery(.failed)
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ErrorResponse P0001 \"no\"", "ReadyForQuery E", "ReadyForQuery E",
                "CommandComplete \"ROLLBACK\"", "ReadyForQuery I",
            ])
        #expect(stage.releases == [.clean])
    }

    @Test("a Sync amid the data is ignored by a COPY that succeeds")
    func syncAmidGoodData() {
        let stage = copying(extended: true)
        stage.client {
            copyData("1")
            sync()
            copyData("2")
            copyDone()
            sync()
        }
        stage.server {
            commandComplete("COPY 2")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("a server that breaks amid a COPY closes the client")
    func lost() {
        let stage = copying(extended: false)
        #expect(stage.lose() == "fail")
    }
}
