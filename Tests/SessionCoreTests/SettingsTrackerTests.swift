import PostgresWire
import StatementClassifier
import Testing

@testable import SessionCore

@Suite("Settings that travel")
struct SettingsTrackerTests {
    private func set(_ name: String, _ value: String) -> SettingChange {
        .set(name: name, statement: Array("SET \(name) TO \(value)".utf8), isLocal: false)
    }

    private func carried(_ changes: SettingChange..., base: CarriedSettings = CarriedSettings())
        -> CarriedSettings
    {
        var carried = base
        for change in changes { carried.apply(change, base: base) }
        return carried
    }

    private func difference(_ from: CarriedSettings, _ to: CarriedSettings) -> [String] {
        from.difference(to: to).map { String(decoding: $0, as: UTF8.self) }
    }

    private func tracker(base: CarriedSettings = CarriedSettings()) -> SettingsTracker {
        var tracker = SettingsTracker()
        tracker.loggedIn(with: ReportedSettings(SessionStage.reported), base: base)
        return tracker
    }

    // MARK: CarriedSettings

    @Test("what another has set goes, what is missing comes, what is equal is left alone")
    func difference() {
        let there = carried(set("a", "1"), set("b", "1"))
        let wanted = carried(set("b", "1"), set("c", "1"))
        #expect(difference(there, wanted) == ["RESET \"a\"", "SET c TO 1"])
        #expect(difference(wanted, wanted).isEmpty)
    }

    @Test("who the user is comes last, and is put back first")
    func authority() {
        let one = carried(set("role", "r"), set("a", "1"))
        let other = carried(set("session_authorization", "s"), set("a", "2"))
        #expect(
            difference(one, other) == [
                "RESET ROLE", "SET a TO 2", "SET session_authorization TO s",
            ])
        #expect(
            difference(other, one) == [
                "RESET SESSION AUTHORIZATION", "SET a TO 1", "SET role TO r",
            ])
        #expect(!carried(set("role", "r"), set("session_authorization", "s")).sets("role"))
    }

    @Test("RESET goes back to what the session began with; DISCARD ALL to all of it")
    func base() {
        let base = carried(set("a", "1"), set("role", "r"))
        #expect(carried(set("a", "2"), .reset(name: "a"), base: base) == base)
        #expect(carried(set("b", "2"), .discardAll, base: base) == base)
        let kept = carried(set("role", "s"), set("b", "2"), .resetAll, base: base)
        #expect(difference(base, kept) == ["RESET ROLE", "SET role TO s"])
        #expect(
            difference(carried(set("role", "s")), carried(set("role", "s"), .resetAll)).isEmpty)
    }

    @Test("what names only a part of a value goes with all that went before")
    func amended() {
        func amend(_ value: String) -> SettingChange {
            .amend(
                name: "datestyle", statement: Array("SET datestyle TO \(value)".utf8),
                isLocal: false)
        }
        let both = carried(amend("iso"), amend("dmy"), amend("dmy"))
        #expect(
            difference(CarriedSettings(), both) == [
                "RESET \"datestyle\"; SET datestyle TO iso; SET datestyle TO dmy"
            ])
    }

    @Test(
        "a value is quoted as one, a list of names is set as a list",
        arguments: [
            ("TimeZone", "UTC", "SET \"TimeZone\" TO 'UTC'"),
            ("my.name", "it's", "SET \"my\".\"name\" TO 'it''s'"),
            (
                "search_path", "a, b",
                "SELECT pg_catalog.set_config('search_path', 'a, b', false)"
            ),
        ])
    func configured(_ name: String, _ value: String, _ statement: String) {
        let wanted = carried(.setConfig(name: name, value: Array(value.utf8), isLocal: false))
        #expect(difference(CarriedSettings(), wanted) == [statement])
    }

    @Test("what holds for a transaction is not taken along, nor what is too large or ambiguous")
    func notCarried() {
        #expect(carried(.setConfig(name: "a", value: [49], isLocal: true)).isEmpty)
        #expect(!CarriedSettings.canCarry(set("a", "'\\'")))
        #expect(!CarriedSettings.canCarry(set("a", String(repeating: "1", count: 3_000))))
        #expect(CarriedSettings.canCarry(set("a", "1")))
    }

    @Test("texts mean the same under settings that say nothing of them, whatever their order")
    func salt() {
        #expect(carried(set("application_name", "x"), set("role", "r")).salt == 0)
        let (zone, path) = (set("timezone", "'CET'"), set("search_path", "a"))
        #expect(carried(zone, path).salt == carried(path, zone).salt)
        #expect(carried(zone).salt != carried(path).salt)
    }

    // MARK: SettingsTracker

    private func committed(_ outcome: SettingsTracker.Outcome) -> Int? {
        switch outcome {
        case .nothing: 0
        case .committed(let changes): changes.count
        case .uncertain: nil
        }
    }

    @Test("a change counts when its transaction has committed")
    func committed() {
        var settings = tracker()
        settings.sent([set("a", "1")])
        expect(settings.isUndecided, true)
        expect(
            committed(
                settings.ended(hasChanges: true, failed: false, isCompound: false, isIdle: false)),
            0)
        settings.completed(commits: true, rollsBack: false)
        expect(
            committed(
                settings.ended(hasChanges: false, failed: false, isCompound: false, isIdle: true)),
            1)
        expect(settings.isUndecided, false)
    }

    @Test("a rollback leaves nothing of it, an error neither")
    func rolledBack() {
        var settings = tracker()
        settings.sent([set("a", "1")])
        _ = settings.ended(hasChanges: true, failed: false, isCompound: false, isIdle: false)
        settings.completed(commits: false, rollsBack: true)
        expect(
            committed(
                settings.ended(hasChanges: false, failed: false, isCompound: false, isIdle: true)),
            0)
        settings.sent([set("a", "1")])
        expect(
            committed(
                settings.ended(hasChanges: true, failed: true, isCompound: false, isIdle: true)), 0)
    }

    @Test("a rollback to a savepoint, or an error after a commit, leaves nobody knows what")
    func uncertain() {
        var settings = tracker()
        settings.sent([set("a", "1")])
        _ = settings.ended(hasChanges: true, failed: false, isCompound: false, isIdle: false)
        settings.completed(commits: false, rollsBack: true)
        _ = settings.ended(hasChanges: false, failed: false, isCompound: false, isIdle: false)
        settings.completed(commits: true, rollsBack: false)
        expect(
            committed(
                settings.ended(hasChanges: false, failed: false, isCompound: false, isIdle: true)),
            nil)
        settings.sent([set("a", "1")])
        expect(
            committed(
                settings.ended(hasChanges: true, failed: true, isCompound: true, isIdle: true)), nil
        )
    }

    @Test("a client is told what is new to it, and nothing of one node alone")
    func told() {
        var settings = tracker()
        expect(settings.reported(.init(name: "TimeZone", value: "CET")), true)
        expect(settings.reported(.init(name: "TimeZone", value: "CET")), false)
        expect(settings.reported(.init(name: "in_hot_standby", value: "on")), false)
        expect(settings.takeUnexplained().map(\.value), ["CET"])
        expect(settings.takeUnexplained().isEmpty, true)
        expect(settings.news(of: ReportedSettings(SessionStage.reported)).map(\.value), ["UTC"])
    }

    @Test("quoting rules follow what was reported, and come back")
    func textRules() {
        var settings = tracker()
        #expect(settings.standardConformingStrings && settings.hasSafeEncoding)
        _ = settings.reported(.init(name: "standard_conforming_strings", value: "off"))
        _ = settings.reported(.init(name: "client_encoding", value: "sjis"))
        #expect(!settings.standardConformingStrings && !settings.hasSafeEncoding)
        _ = settings.news(of: ReportedSettings(SessionStage.reported))
        #expect(settings.standardConformingStrings && settings.hasSafeEncoding)
    }

    // MARK: StartupSettings

    @Test(
        "options are taken apart as a server does, or left to it",
        arguments: [
            ("-c work_mem=5MB", ["SET \"work_mem\" TO '5MB'"], 0),
            (
                "-cwork_mem=5MB --geqo=off",
                ["SET \"work_mem\" TO '5MB'", "SET \"geqo\" TO 'off'"], 0
            ),
            (
                "-c  search_path=a\\ b,c",
                ["SELECT pg_catalog.set_config('search_path', 'a b,c', false)"], 0
            ),
            ("-c a=1 -c a=2", ["SET \"a\" TO '2'"], 0), ("-e", [], 1), ("-c a", [], 1),
            ("-c log_connections=on", [], 1),
        ] as [(String, [String], Int)])
    func options(_ text: String, _ statements: [String], _ fixed: Int) {
        let startup = StartupSettings([StartupParameters.Setting(name: "options", value: text)])
        #expect(difference(CarriedSettings(), startup.carried) == statements)
        #expect(startup.fixed.count == fixed)
    }
}
