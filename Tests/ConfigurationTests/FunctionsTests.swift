import Testing
import Vocabulary

@testable import Configuration

/// What the operator says of functions.
struct FunctionsTests {
    private static func file(_ functions: String, cluster: String = "") -> String {
        #"{ "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }]"#
            + #"\#(cluster) } }, "databases": { "d": { "functions": \#(functions) } } }"#
    }

    @Test func patternsAreRead() throws {
        let loaded = try load(
            Self.file(#"{ "readOnly": ["app.f", "/^uuid_"], "write": ["g"] }"#))
        let functions = try #require(loaded.configuration.databases.first).functions
        #expect(functions.readOnly.map(\.text) == ["app.f", "/^uuid_"])
        #expect(functions.write.map(\.text) == ["g"])
        #expect(functions.readOnly[1].matches(user: "uuid_generate_v4"))
    }

    @Test(arguments: [
        (#"{ "readonly": [] }"#, "did you mean \"readOnly\"?"),
        (#"{ "readOnly": "f" }"#, "an array of functions"),
        (#"{ "write": ["/("] }"#, "functions.write[0]"),
        (#"{ "write": [""] }"#, "this is empty"),
    ])
    func mistakesAreTold(_ functions: String, _ words: String) {
        let found = problems(Self.file(functions))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func theSameInBothIsWarnedOf() throws {
        let loaded = try load(Self.file(#"{ "readOnly": ["f"], "write": ["f"] }"#))
        #expect(loaded.warnings.contains { "\($0)".contains("which counts") })
    }

    @Test func refreshIsRead() throws {
        let loaded = try load(Self.file("{}", cluster: #", "catalogRefreshSeconds": 5"#))
        #expect(loaded.configuration.clusters.first?.catalogRefreshSeconds == 5)
    }
}
