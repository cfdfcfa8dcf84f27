import Testing

@testable import Configuration

struct ShadowTests {
    private static func text(_ shadow: String) -> String {
        """
        { "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } },
          "databases": { "d": { "shadow": \(shadow) } } }
        """
    }

    private func shadow(_ text: String) throws -> ProxyConfiguration.Shadow? {
        try load(Self.text(text)).configuration.databases[0].shadow
    }

    @Test func onAndOff() throws {
        #expect(try shadow("true") == ProxyConfiguration.Shadow())
        #expect(try shadow("false") == nil)
        #expect(try shadow("{}") == ProxyConfiguration.Shadow())
        let own = try #require(
            try shadow(#"{ "sampleRate": 0.25, "maxStatements": 7, "timeoutMillis": 90 }"#))
        #expect((own.sampleRate, own.maxStatements, own.timeoutMillis) == (0.25, 7, 90))
        #expect(try shadow(#"{ "sampleRate": 1 }"#)?.sampleRate == 1)
    }

    @Test(arguments: [
        ("1", "true, false or an object"), ("\"on\"", "true, false or an object"),
        (#"{ "sampleRate": 1.01 }"#, "1.01 is out of range"),
        (#"{ "sampleRate": -0.1 }"#, "-0.1 is out of range"),
        (#"{ "sampleRate": "all" }"#, "this is a string"),
        (#"{ "maxStatements": 0 }"#, "0 is out of range"),
        (#"{ "sampelRate": 1 }"#, "did you mean \"sampleRate\""),
    ])
    func problem(_ text: String, _ expected: String) {
        #expect(problems(Self.text(text)).contains { $0.contains(expected) })
    }

    @Test func shownInForce() throws {
        func rows(_ text: String) throws -> [EffectiveSetting] {
            try load(Self.text(text)).configuration.effectiveSettings
        }
        let off = try rows("false").first { $0.path == "databases.d.shadow" }
        #expect(off?.value == "false" && off?.isDefault == true)
        let on = try rows(#"{ "sampleRate": 0.5 }"#)
        #expect(on.first { $0.path == "databases.d.shadow.sampleRate" }?.value == "0.5")
        #expect(on.first { $0.path == "databases.d.shadow.timeoutMillis" }?.isDefault == true)
    }
}
