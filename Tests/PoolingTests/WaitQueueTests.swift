import Testing
import Vocabulary

@testable import Pooling

@Suite("Wait queue")
struct WaitQueueTests {
    private func sessions(_ queue: WaitQueue) -> [UInt64] {
        queue.waiters.map(\.session.rawValue)
    }

    private func queue(_ lanes: [Int]) -> WaitQueue {
        var queue = WaitQueue()
        for (index, lane) in lanes.enumerated() {
            queue.append(
                SessionID(UInt64(index)), lane: lane,
                since: MonotonicInstant(nanoseconds: UInt64(index)))
        }
        return queue
    }

    @Test("order of arrival over all, and within a lane")
    func order() {
        var queue = queue([0, 1, 0, 1, 2])
        #expect(sessions(queue) == [0, 1, 2, 3, 4])
        #expect(queue.first?.session == SessionID(0))
        #expect(queue.first(ofLane: 1)?.session == SessionID(1))
        let removed = [0, 1, 1, 1].map { queue.removeFirst(ofLane: $0)?.session.rawValue }
        #expect(removed == [0, 1, 3, nil])
        #expect(sessions(queue) == [2, 4])
        #expect((0...3).map { queue.count(ofLane: $0) } == [1, 0, 1, 0])
    }

    @Test("a session leaves from the front, the middle and the end", arguments: [UInt64(0), 2, 4])
    func remove(session: UInt64) {
        var queue = queue([0, 0, 0, 0, 0])
        let removed = queue.remove(SessionID(session))
        let again = queue.remove(SessionID(session))
        #expect(removed?.session == SessionID(session))
        #expect(again == nil)
        #expect(sessions(queue) == [0, 1, 2, 3, 4].filter { $0 != session })
        queue.append(SessionID(9), lane: 0, since: MonotonicInstant(nanoseconds: 9))
        #expect(sessions(queue).last == 9)
        #expect(queue.count == 5)
    }

    @Test("random comings and goings agree with plain arrays")
    func model() {
        var random = SeededRandom(seed: 9)
        var queue = WaitQueue()
        var model: [(session: UInt64, lane: Int)] = []
        for step in UInt64(0)..<4_000 {
            if Bool.random(using: &random) || model.isEmpty {
                let lane = Int.random(in: 0..<4, using: &random)
                queue.append(
                    SessionID(step), lane: lane, since: MonotonicInstant(nanoseconds: step))
                model.append((step, lane))
            } else if Bool.random(using: &random) {
                let gone = model.remove(at: Int.random(in: model.indices, using: &random))
                queue.remove(SessionID(gone.session))
            } else {
                let lane = Int.random(in: 0..<4, using: &random)
                let gone = queue.removeFirst(ofLane: lane)?.session.rawValue
                let index = model.firstIndex { $0.lane == lane }
                #expect(gone == index.map { model.remove(at: $0).session })
            }
            #expect(queue.count == model.count)
            #expect(queue.first?.session.rawValue == model.first?.session)
        }
        #expect(sessions(queue) == model.map(\.session))
    }
}

@Suite("Server numbers")
struct ServerIDSourceTests {
    @Test("no two loops give the same number")
    func distinct() {
        var sources = (0..<3).map { ServerIDSource(loop: LoopIndex($0), loops: 3) }
        let numbers = (0..<30).map { sources[$0 % 3].next() }
        #expect(Set(numbers).count == 30)
        #expect(numbers.allSatisfy { $0.rawValue > 0 })
    }
}
