import Testing

@testable import Configuration

struct PromotionTests {
    private func promotion(_ more: String, of name: String = "d") throws
        -> ProxyConfiguration.Promotion
    {
        let cluster =
            #""clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } }"#
        let loaded = try load("{ \(cluster)\(more) }")
        return try #require(loaded.configuration.database(named: name)).promotion
    }

    @Test func statementsArePromotedUnlessToldOtherwise() throws {
        #expect(try promotion("") == .auto)
        #expect(try promotion(#", "promotion": "off""#) == .off)
    }

    @Test func databasesDiffer() throws {
        let more = #", "promotion": "off", "databases": { "d": { "promotion": "auto" }, "e": {} }"#
        #expect(try promotion(more) == .auto)
        #expect(try promotion(more, of: "e") == .off)
    }

    @Test func nothingElseIsKnown() {
        #expect(throws: ConfigurationFailure.self) { try promotion(#", "promotion": "on""#) }
    }
}
