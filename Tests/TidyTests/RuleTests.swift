import Testing

/// Every rule finds what it is there to find, and nothing else.
@Suite struct RuleTests {
    private func routing(_ text: String) -> SourceFile {
        SourceFile(path: "Sources/Routing/Some.swift", text: text)
    }

    private func lines(_ findings: [Finding]) -> [Int] { findings.map(\.line) }

    @Test func commentsAndStringsAreNoCode() {
        let text = """
            let a = "import Glibc \\(b + "x") // no" + c // import
            /* one /* two */ Date() */ let d = #"\\("# + e
            let f = \"\"\"
              Date() " "
              \"\"\"; g
            """
        let code = CodeOnly.blanked(text)
        for word in ["Glibc", "import", "Date", "no", "one", "two", "x"] {
            #expect(!code.contains(word), "\(word)")
        }
        for word in ["let a", "+ c", "let d", "+ e", "; g"] { #expect(code.contains(word)) }
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    }

    @Test(arguments: ["Foundation", "Dispatch", "Glibc", "ControlPlane", "Logging", "CSystem"])
    func impureImports(module: String) {
        for spelling in ["import \(module)", "@preconcurrency import struct \(module).X"] {
            #expect(lines(PurityRules.imports(routing("\n" + spelling))) == [2])
        }
    }

    @Test func pureImportsPass() {
        #expect(PurityRules.imports(routing("import Vocabulary\n// import Glibc")) == [])
        let above = SourceFile(path: "Sources/NetworkIO/X.swift", text: "import CSystem")
        #expect(PurityRules.imports(above) == [])
        let wrong = SourceFile(path: "Sources/ProxyServer/X.swift", text: "import CLibpq")
        #expect(lines(PurityRules.imports(wrong)) == [1])
    }

    @Test func clocksAndChance() {
        let text = "let a = Int.random(in: 0...1)\nvalidate()\nlet b = Date()\n// Date()"
        #expect(lines(PurityRules.clocksAndChance(routing(text))) == [1, 3])
        let above = SourceFile(path: "Sources/NetworkIO/X.swift", text: text)
        #expect(PurityRules.clocksAndChance(above) == [])
    }

    @Test func aSecondCryptoFile() {
        let files = ["A", "B"].map {
            SourceFile(path: "Sources/Authentication/\($0).swift", text: "import CCrypto")
        }
        #expect(PurityRules.cryptoFiles(files).map(\.path) == ["Sources/Authentication/B.swift"])
    }

    @Test func lengthAndWidth() {
        let long = routing(String(repeating: "x\n", count: 401))
        #expect(FormRules.length(long).count == 1)
        #expect(FormRules.length(routing(String(repeating: "x\n", count: 400))).isEmpty)
        let wide = routing(
            String(repeating: "x", count: 100) + "\n" + .init(repeating: "y", count: 101))
        #expect(lines(FormRules.width(wide)) == [2])
        let quote = "let x = \"" + String(repeating: "x", count: 100) + "\""
        let test = SourceFile(path: "Tests/A/B.swift", text: quote)
        #expect(FormRules.width(test).isEmpty)
        #expect(FormRules.width(routing(quote)).count == 1)
    }

    @Test func unfinishedWork() {
        let text = "// TO\u{44}O: later\nlet x = 1 // FIX\u{4D}E\nlet methods = 2"
        #expect(lines(FormRules.unfinished(routing(text))) == [1, 2])
    }

    @Test func defaultCases() {
        let text = "switch x {\ncase .a: 1\n  default: 2\n}\nlet y = \"default:\""
        let core = SourceFile(path: "Sources/SessionCore/X.swift", text: text)
        #expect(lines(FormRules.defaultCases(core)) == [3])
        #expect(FormRules.defaultCases(routing(text)) == [])
    }

    @Test func emptyNames() {
        let text = "struct PoolManager {}\nenum UtilThings {}\nstruct Manageable {}"
        #expect(lines(FormRules.names(routing(text))) == [1, 2])
        #expect(
            FormRules.names(SourceFile(path: "Sources/A/StringHelper.swift", text: "")).count == 1)
    }

    @Test func trapsInSources() {
        #expect(lines(FormRules.traps(routing("let a = try! b()\nlet c = try? d()"))) == [1])
    }

    @Test func undocumentedDeclarations() {
        let text = """
            struct A {
                package mutating func b() {}
                private func c() {}
                func d() {}
                /// Does.
                @discardableResult
                package func e() -> Int { 1 }
                package static func < (a: Self, b: Self) -> Bool { true }
                package func generic<T>(_ t: T) {}
            }
            /// Is.
            package final class F {}
            private enum G {}
            extension A {}
            """
        #expect(lines(DocumentationRules.types(routing(text))) == [1])
        #expect(lines(DocumentationRules.functions(routing(text))) == [2, 9])
    }

    @Test func dependencies() {
        let manifest = Manifest(
            text: """
                func module(_ name: String) -> Target { .target(name: name) }
                module("Vocabulary"),
                module(
                    "Routing",
                    ["Vocabulary", .product(name: "Logging", package: "swift-log")]),
                .executableTarget(name: "proxyctl", dependencies: ["Configuration"]),
                """)
        #expect(manifest.dependencies["Vocabulary"] == [])
        #expect(manifest.dependencies["proxyctl"] == ["Configuration"])
        let texts = PackageRules.directions(manifest).map(\.text)
        #expect(texts.contains("Routing must not depend on Logging"))
        #expect(texts.contains("no target Pooling"))
        #expect(!texts.contains { $0.hasPrefix("proxyctl") })
    }
}
