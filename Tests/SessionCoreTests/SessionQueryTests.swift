import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: simple queries")
struct SessionQueryTests {
    @Test("a read goes to a replica, its reply to the client, and the server back clean")
    func read() {
        let stage = SessionStage()
        stage.client { query("select 1") }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        #expect(stage.serverSees() == ["Query \"select 1\""])
        stage.server {
            rowDescription("a")
            dataRow("1")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "RowDescription", "DataRow \"1\"", "CommandComplete \"SELECT 1\"",
                "ReadyForQuery I",
            ])
        #expect(stage.releases == [.clean])
    }
}
