import Testing

@testable import SessionCore

@Suite("Simulation")
struct SimulationTests {
    @Test("statements are promoted in them")
    func promotes() {
        let promotions = (0..<20).map { seed in
            let simulation = Simulation(seed: UInt64(seed), isFaulty: false)
            simulation.run()
            return simulation.clients.reduce(0) { $0 + $1.stage.session.tally.promotions }
        }
        #expect(promotions.reduce(0, +) >= 10)
    }

    private func run(_ batch: Int, isFaulty: Bool) {
        for seed in UInt64(batch * 8)..<UInt64(batch * 8 + 8) {
            let simulation = Simulation(seed: seed, isFaulty: isFaulty)
            simulation.run()
            guard !simulation.problems.isEmpty else { continue }
            Issue.record("\(Simulation.story(of: seed, isFaulty: isFaulty))")
            return
        }
    }

    @Test("each client is answered as by a server of its own", arguments: 0..<20)
    func transparency(_ batch: Int) { run(batch, isFaulty: false) }

    @Test(
        "servers die, clients vanish, pools refuse: nothing of others', nothing left",
        arguments: 0..<20)
    func faults(_ batch: Int) { run(batch, isFaulty: true) }
}
