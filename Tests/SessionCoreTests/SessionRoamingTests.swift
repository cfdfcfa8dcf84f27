import Routing
import StatementClassifier
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

@Suite("Session: blocks that read on a replica until they write")
struct SessionRoamingTests {
    private func stage(isWanted: Bool = true) -> SessionStage {
        let stage = SessionStage()
        stage.session.roaming.isWanted = isWanted
        return stage
    }

    private static let question = "Query \"\(Session.isolationQuestion)\""

    /// A block that has read once on a replica, and is parked.
    private func parked() -> SessionStage {
        let stage = stage()
        stage.client {
            query("begin")
            query("select a from t")
        }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        #expect(
            stage.serverSees() == [
                Self.question, "Query \"begin\"", "Query \"select a from t\"",
            ])
        stage.server {
            commandComplete("SELECT 0")
            readyForQuery()
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            rowDescription("a")
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.releases == [.parked])
        #expect(stage.session.phase == .gathering && stage.session.isInTransaction)
        #expect(
            stage.clientSees() == [
                "CommandComplete \"BEGIN\"", "ReadyForQuery T", "RowDescription",
                "CommandComplete \"SELECT 1\"", "ReadyForQuery T",
            ])
        return stage
    }

    @Test("a read goes on where the block reads, without another BEGIN")
    func goesOn() {
        let stage = parked()
        stage.client { query("select b from t") }
        #expect(stage.needs == [.read, .read])
        stage.grant(.replica)
        #expect(stage.serverSees() == ["Query \"select b from t\""])
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.releases == [.parked, .parked])
    }

    @Test("a write begins the block anew on the primary, and stays")
    func moves() {
        let stage = parked()
        stage.client { query("insert into t values (1)") }
        #expect(stage.needs == [.read, .primary])
        stage.session.leavesParked()
        stage.grant(.primary)
        #expect(
            stage.serverSees() == ["Query \"begin\"", "Query \"insert into t values (1)\""])
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("INSERT 0 1")
            readyForQuery(.inTransaction)
        }
        stage.client { query("select a from t") }
        #expect(stage.serverSees() == ["Query \"select a from t\""])
        #expect(stage.session.isInTransaction && stage.isAttached)
    }

    @Test("it ends where it is", arguments: [("commit", "COMMIT"), ("rollback", "ROLLBACK")])
    func ends(_ statement: String, _ tag: String) {
        let stage = parked()
        stage.client { query(statement) }
        #expect(stage.needs == [.read, .read] && stage.session.waitsToEndBlock)
        stage.grant(.replica)
        stage.server {
            commandComplete(tag)
            readyForQuery()
        }
        #expect(stage.releases == [.parked, .clean])
        #expect(stage.session.isInTransaction == false)
        #expect(stage.session.tally.transactions == 1)
    }

    /// What a batch needs as the first of a block, and as a later one of a block that reads on a
    /// replica.
    @Test(
        "which statements stay",
        arguments: [
            ("select 1", true), ("table t", true), ("values (1)", true), ("select random()", true),
            ("select clock_timestamp()", true), ("explain select 1", true), ("", true),
            ("copy t to stdout", true), ("select 'nowhere'", true), ("select known from t", true),
            ("select now()", false), ("select transaction_timestamp()", false),
            ("select current_timestamp", false), ("select localtime", false),
            ("select age(t) from t", false), ("select date 'today'", false),
            ("select ' NOW'::timestamp", false), ("select $$tomorrow$$::date", false),
            ("select f()", false), ("select 1 for update", false), ("show work_mem", false),
            ("savepoint a", false), ("declare c cursor for select 1", false),
            ("set local work_mem to 1", false), ("lock t", false), ("notify a", false),
            ("commit and chain", false), ("prepare transaction 'a'", false),
            ("select 1; insert into t values (1)", false), ("select 1; commit", false),
            ("/* switchyard: primary */ select 1", false),
            ("/* switchyard: replica */ select f()", true),
            ("/* switchyard: replica */ select nextval('s')", false), ("selec", false),
            ("set transaction read only", false),
            ("set transaction isolation level serializable", false),
        ])
    func stays(_ statement: String, _ isToStay: Bool) {
        let later = parked()
        later.client { query(statement) }
        #expect(later.needs.last == (isToStay ? .read : .primary), "later")
        guard !statement.hasPrefix("set transaction"), !statement.isEmpty else { return }
        let first = stage()
        first.session.roaming.isolation = .readCommitted
        first.client {
            query("begin")
            query(statement)
        }
        #expect(first.needs == [isToStay ? .read : .primary], "first")
    }

    @Test(
        "which blocks may",
        arguments: [
            ("begin", true), ("start transaction", true),
            ("begin isolation level read committed", true),
            ("begin isolation level read uncommitted", true), ("/* x */ begin", true),
            ("begin read write", false), ("begin isolation level repeatable read", false),
            ("begin isolation level serializable", false), ("begin deferrable", false),
            ("/* switchyard: primary */ begin", false),
        ])
    func blocks(_ begin: String, _ mayRoam: Bool) {
        let stage = stage()
        stage.client {
            query(begin)
            query("select 1")
        }
        #expect(stage.needs == [mayRoam ? .read : .primary])
    }

    @Test("without the policy none does, unless the client asks for a replica")
    func policy() {
        for (begin, need) in [
            ("begin", RouteNeed.primary), ("/* switchyard: replica */ begin", .read),
        ] {
            let stage = stage(isWanted: false)
            stage.client {
                query(begin)
                query("select 1")
            }
            #expect(stage.needs == [need])
        }
    }

    @Test("where the block's isolation is known nobody is asked")
    func knownIsolation() {
        let stage = stage()
        stage.client {
            query("begin isolation level read committed")
            query("select 1")
        }
        stage.grant(.replica)
        #expect(
            stage.serverSees() == [
                "Query \"begin isolation level read committed\"", "Query \"select 1\"",
            ])
    }

    @Test("a replica that keeps snapshots is left before the client has seen anything")
    func otherIsolation() {
        let stage = stage()
        stage.heals = true
        stage.client {
            query("begin")
            query("select 1")
        }
        stage.grant(.replica)
        _ = stage.serverSees()
        _ = stage.clientSees()
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery()
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            rowDescription("a")
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.serverSees() == ["Query \"ROLLBACK\""])
        stage.server {
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(stage.clientSees() == [])
        #expect(stage.session.phase == .waiting && stage.session.waitingNeed == .primary)
        #expect(stage.session.roaming.isolation == .other)
        stage.grant(.primary)
        #expect(stage.serverSees() == ["Query \"begin\"", "Query \"select 1\""])
    }

    @Test("an error fails the block where it is: it is not parked, and does not move")
    func failed() {
        let stage = parked()
        stage.client { query("select 1 / 0") }
        stage.grant(.replica)
        stage.server {
            error("22012")
            readyForQuery(.failed)
        }
        #expect(stage.isAttached)
        _ = stage.serverSees()
        stage.client { query("insert into t values (1)") }
        #expect(stage.serverSees() == ["Query \"insert into t values (1)\""])
    }

    @Test("BEGIN ahead of a read in one segment, as some drivers send it")
    func segment() {
        let stage = stage()
        stage.client {
            run("BEGIN")
            run("select 1")
            sync()
        }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        #expect(stage.serverSees().first == Self.question)
        stage.server {
            commandComplete("SELECT 0")
            readyForQuery()
            parseComplete()
            bindComplete()
            commandComplete("BEGIN")
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.releases == [.parked])
        stage.client {
            run("insert into t values (1)")
            sync()
        }
        #expect(stage.needs == [.read, .primary])
        stage.session.leavesParked()
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Query \"BEGIN\"")
    }

    @Test(
        "what is bound must not outlive the batch, nor stand for the block's beginning",
        arguments: [("", "7", true), ("c", "7", false), ("", "now", false), ("", "Today", false)])
    func bound(_ portal: String, _ value: String, _ isToStay: Bool) {
        let stage = parked()
        stage.client {
            parse("", "select $1")
            bind(portal: portal, parameters: [value])
            execute(portal)
            sync()
        }
        #expect(stage.needs.last == (isToStay ? .read : .primary))
    }

    @Test("a pipeline with a write in it moves as a whole, before anything of it has run")
    func pipeline() {
        let stage = parked()
        stage.client {
            run("select 1")
            run("insert into t values (1)")
            sync()
        }
        #expect(stage.needs == [.read, .primary])
        #expect(stage.serverSees() == [])
    }

    @Test("the proxy's own settings ahead of the first statement go along")
    func settings() {
        let stage = stage(isWanted: false)
        stage.client {
            query("begin")
            query("set local switchyard.route to replica")
            query("select 1")
        }
        #expect(stage.needs == [.read])
        stage.session.staysHome()
        stage.grant(.primary)
        #expect(
            stage.serverSees() == [
                "Query \"begin\"", "Query \"set local switchyard.route to replica\"",
                "Query \"select 1\"",
            ])
        #expect(stage.session.settings.own.route == .replica)
        stage.client { query("commit") }
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("SET")
            readyForQuery(.inTransaction)
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
            commandComplete("COMMIT")
            readyForQuery()
        }
        #expect(stage.session.settings.own.route == .auto)
    }
}
