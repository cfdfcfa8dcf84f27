import PostgresWire
import Routing
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

@Suite("Session: the proxy's own settings")
struct SessionOwnSettingsTests {
    /// Runs a statement that succeeds on a server of its own.
    private func run(_ stage: SessionStage, _ sql: String, _ tag: String) {
        stage.client { query(sql) }
        guard stage.session.phase == .waiting else { return }
        stage.grant(
            stage.needs.last == .primary ? .primary : .replica, holding: stage.contents)
        stage.server {
            commandComplete(tag)
            readyForQuery()
        }
    }

    private func need(_ stage: SessionStage, _ sql: String) -> RouteNeed? {
        run(stage, sql, "SELECT 1")
        return stage.needs.last
    }

    @Test(
        "SET of the route steers what follows",
        arguments: [
            "set switchyard.route = 'primary'", "SET SESSION switchyard.route TO PRIMARY",
            "set \"switchyard\".\"route\" = \"primary\"",
            "select set_config('switchyard.route', 'primary', false)",
        ])
    func set(_ sql: String) {
        let stage = SessionStage()
        run(stage, sql, "SET")
        #expect(stage.session.settings.own.route == .primary)
        #expect(need(stage, "select 1") == .primary)
        #expect(need(stage, "/* switchyard: auto */ select 1") == .read)
        run(stage, "reset switchyard.route", "RESET")
        #expect(need(stage, "select 1") == .read)
    }

    @Test("a refused transaction takes it back, a committed one does not")
    func transactions() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("set switchyard.route = primary")
        }
        #expect(stage.session.settings.own.route == .primary)
        stage.client { query("rollback") }
        #expect(stage.session.settings.own.route == .auto)
        stage.client {
            query("begin")
            query("set local switchyard.route = primary")
            query("commit")
        }
        #expect(stage.session.settings.own.route == .auto)
        stage.client {
            query("begin")
            query("set switchyard.route = primary")
            query("commit")
        }
        #expect(stage.session.settings.own.route == .primary)
        #expect(stage.needs == [])
    }

    @Test("a failed SET changes nothing")
    func failed() {
        let stage = SessionStage()
        stage.client { query("set switchyard.route = replica") }
        #expect(stage.needs == [.read])
        stage.grant(.replica, holding: stage.contents)
        stage.server {
            error("57014")
            readyForQuery()
        }
        #expect(stage.session.settings.own.route == .auto)
    }

    @Test("what is not proven a read runs on a replica for who asks, a write never")
    func replica() {
        let stage = SessionStage()
        run(stage, "set switchyard.route = replica", "SET")
        #expect(need(stage, "select f()") == .read)
        #expect(need(stage, "insert into t values (1)") == .primary)
        #expect(need(stage, "select nextval('s')") == .primary)
        #expect(need(stage, "/* switchyard: primary */ select 1") == .primary)
        stage.client { query("select f()") }
        #expect(!stage.session.batch.isProvenRead && stage.session.waitingChoice == .replica)
    }

    @Test("the configuration's choice counts where nothing else does")
    func defaultRoute() {
        let stage = SessionStage()
        stage.session.settings.defaultRoute = .primary
        #expect(need(stage, "select 1") == .primary)
        run(stage, "set switchyard.route = auto", "SET")
        #expect(need(stage, "select 1") == .read)
        run(stage, "reset all", "RESET")
        #expect(need(stage, "select 1") == .primary)
    }

    @Test("the strictest of a batch counts")
    func batch() {
        let stage = SessionStage()
        stage.client {
            parse("", "/* switchyard: replica */ select f()")
            bind()
            execute()
            parse("", "/* switchyard: primary */ select 1")
            bind()
            execute()
            sync()
        }
        #expect(stage.needs == [.primary] && stage.session.waitingChoice == .primary)
    }

    @Test("SHOW and refusals are put in other words")
    func words() {
        let stage = SessionStage()
        stage.client { query("SHOW Switchyard.Route") }
        stage.grant(.replica, holding: stage.contents)
        #expect(stage.serverSees().first?.contains("current_setting('switchyard.route'") ?? false)
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery()
        }
        stage.client {
            parse("s", "show switchyard.read_after")
            sync()
        }
        stage.grant(.replica, holding: stage.contents)
        #expect(
            stage.serverSees().first?.contains("current_setting('switchyard.read_after'") ?? false)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        for sql in [
            "set switchyard.route = nowhere", "set local switchyard.route = 7",
            "set switchyard.nothing = 1", "reset switchyard.nothing",
            "set switchyard.last_write = '0/0'", "set switchyard.read_after = 'then'",
        ] {
            stage.client { query(sql) }
            stage.grant(.primary, holding: stage.contents)
            #expect(stage.serverSees().first?.contains("RAISE EXCEPTION") ?? false, "\(sql)")
            stage.server {
                error("22023")
                readyForQuery()
            }
        }
        #expect(stage.session.settings.own == OwnSettings())
    }

    @Test("a value cannot end the block that raises the error")
    func quoting() {
        let value = "x' $switchyard$ \\"
        let text = String(
            decoding: ErrorReply.invalidSetting("switchyard.route", value, hint: "no").raising,
            as: UTF8.self)
        #expect(text.hasPrefix("DO $sswitchyard$") || text.hasPrefix("DO $s"))
        let tag = text.dropFirst(3).prefix { $0 != "B" }
        #expect(text.components(separatedBy: tag) == 3)
        #expect(text.contains("E'invalid value for parameter \"switchyard.route\": "))
        #expect(text.contains("x'' $switchyard$ \\\\"))
    }

    @Test("startup parameters are checked")
    func startup() {
        func refusal(_ name: String, _ value: String) -> String? {
            StartupSettings.refusal(of: [.init(name: name, value: value)])?.message
        }
        #expect(refusal("switchyard.route", "replica") == nil)
        #expect(refusal("options", "-c switchyard.route=primary -c work_mem=1") == nil)
        #expect(refusal("work_mem", "nonsense") == nil)
        #expect(
            refusal("options", "--switchyard.route=x")
                == "invalid value for parameter \"switchyard.route\": \"x\"")
        #expect(
            refusal("Switchyard.Way", "x")
                == "unrecognized configuration parameter \"Switchyard.Way\"")
    }
}

extension String {
    /// How many pieces a text falls into where `separator` stands.
    fileprivate func components(separatedBy separator: Substring) -> Int {
        var count = 1
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
