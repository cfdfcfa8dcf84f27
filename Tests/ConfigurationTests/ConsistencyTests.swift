import Testing

@testable import Configuration

struct ConsistencyTests {
    private static let cluster =
        #""clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } }"#

    private func consistency(_ more: String, of name: String = "d") throws
        -> ProxyConfiguration.Consistency
    {
        let loaded = try load("{ \(Self.cluster)\(more) }")
        return try #require(loaded.configuration.database(named: name)).consistency
    }

    @Test func sessionsSeeTheirOwnWritesUnlessToldOtherwise() throws {
        let usual = try consistency("")
        #expect(usual.scope == .session)
        #expect(usual.maxStalenessMillis == 0)
        #expect(usual.whenUnproven == .primary)
        #expect(usual.needsProofs)
    }

    @Test func databasesInheritKeyByKey() throws {
        let more = #"""
            , "consistency": "eventual", "whenUnproven": { "waitMillis": 20 }, "databases": {
              "d": { "maxStalenessMillis": 500 },
              "e": { "consistency": "database", "whenUnproven": "primary" } }
            """#
        let d = try consistency(more)
        #expect(d.scope == .eventual)
        #expect(d.maxStalenessMillis == 500)
        #expect(d.whenUnproven == .wait(milliseconds: 20))
        #expect(d.needsProofs)
        let e = try consistency(more, of: "e")
        #expect(e.scope == .database)
        #expect(e.maxStalenessMillis == 0)
        #expect(e.whenUnproven == .primary)
    }

    @Test func eventualNeedsNoProofs() throws {
        #expect(try !consistency(#", "consistency": "eventual""#).needsProofs)
    }

    @Test(arguments: [
        (#""consistency": "sesion""#, "did you mean"),
        (#""whenUnproven": "replica""#, "whenUnproven: \"replica\" is not known"),
        (#""whenUnproven": {}"#, "whenUnproven: \"waitMillis\" is missing"),
        (#""whenUnproven": { "waitMillis": 0 }"#, "whenUnproven.waitMillis: 0 is out of range"),
        (#""whenUnproven": 5"#, "whenUnproven: this is a number"),
        (#""maxStalenessMillis": -1"#, "maxStalenessMillis: -1 is out of range"),
    ])
    func whatIsWrongIsSaid(text: String, expected: String) {
        let found = problems("{ \(Self.cluster), \(text) }")
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
}
