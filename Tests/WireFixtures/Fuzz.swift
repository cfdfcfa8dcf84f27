import Foundation

/// Runs a test over many seeds: a fixed few in the ordinary tests; with the environment variable
/// `SWITCHYARD_FUZZ_SECONDS`, fresh ones for as long (each test), from `SWITCHYARD_FUZZ_SEED` on if
/// that is set. What fails names its seed; where the process itself dies, the last line printed
/// tells from which one on to look.
package enum Fuzz {
    private static let environment = ProcessInfo.processInfo.environment
    /// How often a long run tells where it is, in seeds.
    private static let seedsPerLine: UInt64 = 20_000

    private static var seconds: Double? {
        environment["SWITCHYARD_FUZZ_SECONDS"].flatMap(Double.init)
    }

    private static var firstSeed: UInt64? {
        environment["SWITCHYARD_FUZZ_SEED"].flatMap(UInt64.init)
    }

    /// - Parameters:
    ///   - name: for the lines that are printed.
    ///   - rounds: how many seeds the ordinary tests take, from 1 on.
    package static func run(
        _ name: String, rounds: UInt64, _ round: (UInt64, inout SeededRandom) throws -> Void
    ) rethrows {
        let first = firstSeed ?? (seconds == nil ? 1 : UInt64.random(in: 1...1 << 48))
        var seed = first
        let end = ContinuousClock.now + .seconds(seconds ?? 0)
        while seconds == nil ? seed - first < rounds : ContinuousClock.now < end {
            if seconds != nil && (seed - first) % seedsPerLine == 0 {
                print("fuzz \(name): from seed \(seed), \(seed - first) done")
            }
            var random = SeededRandom(seed: seed)
            try round(seed, &random)
            seed += 1
        }
        if seconds != nil {
            print("fuzz \(name): seeds \(first) to \(seed - 1), \(seed - first) in all")
        }
    }
}

extension SeededRandom {
    /// Some bytes, each of any value.
    package mutating func bytes(upTo count: Int) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in
            UInt8.random(in: .min ... .max, using: &self)
        }
    }

    /// Damages bytes in a few places: changed, cut out, put in, doubled, or the end cut off. Words
    /// that are likely to be lengths get values that are likely to be wrong.
    package mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            guard !bytes.isEmpty else { return bytes = self.bytes(upTo: 8) }
            let at = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<7, using: &self) {
            case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &self)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2: bytes.remove(at: at)
            case 3: bytes.insert(contentsOf: self.bytes(upTo: 6), at: at)
            case 4: bytes.removeSubrange(at...)
            case 5:
                let end = min(bytes.count, at + 20)
                bytes.insert(contentsOf: bytes[at..<end], at: at)
            case _: overwrite(&bytes, at: at)
            }
        }
    }

    private mutating func overwrite(_ bytes: inout [UInt8], at: Int) {
        let words: [[UInt8]] = [
            [0, 0, 0, 0], [0, 0, 0, 3], [0, 0, 0, 4], [0xFF, 0xFF, 0xFF, 0xFF],
            [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0x27, 0x10],
            [0x3F, 0xFF, 0xFF, 0xFF],
        ]
        for (offset, byte) in (words.randomElement(using: &self) ?? []).enumerated()
        where at + offset < bytes.count { bytes[at + offset] = byte }
    }

    /// Cuts bytes into pieces of any sizes.
    package mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes[...]
        var found: [[UInt8]] = []
        let longest = [1, 3, 20, 5_000].randomElement(using: &self) ?? 1
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...longest, using: &self))
            found.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return found
    }
}
