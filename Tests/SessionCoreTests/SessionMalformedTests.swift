import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

/// Messages without their shape: the server says what is wrong with them.
@Suite("Session: malformed messages")
struct SessionMalformedTests {
    private static let refusal = "ErrorResponse 08P01 \"no\""

    /// A message of this type with a text that does not end.
    private func malformed(_ type: FrontendMessageType) -> WireMessage {
        WireMessage(type) { $0.data(Array("Sname".utf8)) }
    }

    @Test(
        "those that end a segment are answered by ReadyForQuery",
        arguments: [FrontendMessageType.query, .sync])
    func ends(_ type: FrontendMessageType) {
        let stage = SessionStage()
        let message = malformed(type)
        stage.client { message }
        #expect(stage.needs == [.primary])
        stage.grant(.primary)
        #expect(stage.takeForServer() == [message], "as it came")
        stage.server {
            error("08P01")
            readyForQuery()
        }
        #expect(stage.clientSees() == [Self.refusal, "ReadyForQuery I"])
        #expect(stage.releases == [.clean])
    }

    @Test(
        "after the others the server skips to Sync",
        arguments: [
            FrontendMessageType.parse, .bind, .describe, .execute, .close, .flush,
        ])
    func segments(_ type: FrontendMessageType) {
        let stage = SessionStage()
        let message = malformed(type)
        stage.client {
            parse("", "select 1")
            message
            sync()
        }
        #expect(stage.needs == [type == .execute ? .read : .primary])
        stage.grant(.primary)
        #expect(stage.takeForServer().contains(message), "as it came")
        stage.server {
            parseComplete()
            error("08P01")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ParseComplete", Self.refusal, "ReadyForQuery I"])
        #expect(stage.releases == [.clean])
    }

    @Test(
        "its error may come before Sync",
        arguments: [FrontendMessageType.parse, .bind, .describe, .close, .flush])
    func early(_ type: FrontendMessageType) {
        let stage = inTransaction()
        stage.client { malformed(type) }
        stage.server { error("08P01") }
        stage.client {
            bind()
            sync()
        }
        stage.server { readyForQuery(.failed) }
        #expect(stage.clientSees() == [Self.refusal, "ReadyForQuery E"])
        #expect(!stage.isClosed)
    }

    @Test("nothing of it is noted: the statement of that name is still there")
    func unnoticed() {
        let stage = inTransaction()
        stage.client {
            parse("", "select 1")
            sync()
        }
        stage.server {
            parseComplete()
            readyForQuery(.inTransaction)
        }
        stage.client {
            malformed(.parse)
            sync()
            query("rollback")
        }
        stage.server {
            error("08P01")
            readyForQuery(.failed)
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        _ = stage.takeForServer()
        stage.client {
            bind()
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().suffix(2) == ["Bind \"\" \"\"", "Sync"])
    }

    @Test("in COPY nobody looks at a Flush")
    func copy() {
        let stage = SessionStage()
        stage.client {
            query("copy t from stdin")
        }
        stage.grant(.primary)
        stage.client { malformed(.flush) }
        stage.server { copyInResponse() }
        stage.client {
            malformed(.flush)
            copyDone()
        }
        stage.server {
            commandComplete("COPY 0")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "CopyInResponse", "CommandComplete \"COPY 0\"", "ReadyForQuery I",
            ])
        #expect(stage.releases == [.clean])
    }

    private func inTransaction() -> SessionStage {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("insert into t values (1)")
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("INSERT 0 1")
            readyForQuery(.inTransaction)
        }
        _ = stage.clientSees()
        return stage
    }
}
