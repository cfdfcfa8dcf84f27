import Testing

@testable import Configuration

/// Whatever the bytes, the loader answers; it never traps and never says yes to an error.
struct LoaderFuzzTests {
    @Test func damagedFiles() {
        let good = Array(ExampleTests.contract.utf8)
        var random = Seeded(state: 20_240_601)
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                case 2:
                    bytes.insert("{}[]\",:0-\\e1".utf8.randomElement(using: &random) ?? 0, at: at)
                case 3: bytes.removeSubrange(at..<min(at + 40, bytes.count))
                default: bytes.insert(contentsOf: good.dropFirst(at).prefix(30), at: at)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            check(bytes, seed: random.state)
        }
    }

    @Test func everyPrefix() {
        let good = Array(ExampleTests.contract.utf8)
        for count in 0..<good.count { check(Array(good.prefix(count)), seed: UInt64(count)) }
    }

    private func check(_ bytes: [UInt8], seed: UInt64) {
        do {
            let loaded = try ConfigurationLoader.load(bytes) { _ in "x" }
            #expect(loaded.warnings.allSatisfy { $0.severity == .warning }, "seed \(seed)")
            #expect(!loaded.configuration.clusters.isEmpty, "seed \(seed)")
        } catch {
            #expect(!error.errors.isEmpty, "seed \(seed)")
        }
    }
}

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
