import Testing
import Vocabulary

@testable import Pooling

/// Many sessions, several shards of one pool on one ledger, a driver that fails at random: after
/// every event the books must be right, and what the orders say must be possible.
@Suite("Pool: simulation")
struct PoolSimulationTests {
    /// The last ones found a bug once.
    private static let seeds = Array(UInt64(0)..<60) + [10_930, 10_934]

    @Test("random events keep every promise", arguments: seeds)
    func randomEvents(seed: UInt64) {
        var simulation = PoolSimulation(seed: seed)
        for step in 0..<1_500 {
            simulation.step()
            if let broken = simulation.broken {
                Issue.record("seed \(seed), step \(step): \(broken)")
                return
            }
        }
        simulation.drain()
        if let broken = simulation.broken { Issue.record("seed \(seed), at the end: \(broken)") }
    }
}
