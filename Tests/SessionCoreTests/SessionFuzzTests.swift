import Testing
import WireFixtures

@testable import SessionCore

/// The noise and the simulation of the other suites, for as long as one likes.
@Suite("Session: fuzz")
struct SessionFuzzTests {
    @Test("noise")
    func noise() {
        Fuzz.run("session noise", rounds: 50) { seed, random in
            let stage = SessionStage()
            stage.context = "seed \(seed)"
            SessionNoiseTests.play(stage, &random)
        }
    }

    @Test("simulation", arguments: [false, true])
    func simulation(_ isFaulty: Bool) {
        Fuzz.run("simulation\(isFaulty ? ", with faults" : "")", rounds: 10) { seed, _ in
            let simulation = Simulation(seed: seed, isFaulty: isFaulty)
            simulation.run()
            guard !simulation.problems.isEmpty else { return }
            Issue.record("\(Simulation.story(of: seed, isFaulty: isFaulty))")
        }
    }

    @Test("a replication connection is followed the same however its bytes are cut")
    func replication() {
        Fuzz.run("replication watch", rounds: 2_000) { seed, random in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                bytes += wire {
                    [copyOutDone(), readyForQuery(.idle), readyForQuery(.failed), dataRow("1")]
                        .randomElement(using: &random) ?? notice()
                }.flatMap(\.bytes)
            }
            if random.once(in: 2) { random.damage(&bytes) }
            var whole = ReplicationWatch()
            let isFine = bytes.withUnsafeBytes { whole.serverSent($0.bytes) }
            var cut = ReplicationWatch()
            let areFine = random.pieces(of: bytes).allSatisfy { piece in
                piece.withUnsafeBytes { cut.serverSent($0.bytes) }
            }
            #expect(isFine == areFine, "seed \(seed)")
            guard isFine else { return }
            #expect(whole.phase == cut.phase, "seed \(seed)")
            #expect(whole.isBetweenFrames == cut.isBetweenFrames, "seed \(seed)")
        }
    }
}
