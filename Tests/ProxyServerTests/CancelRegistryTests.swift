import Testing
import Vocabulary

@testable import ProxyServer

@Suite struct CancelRegistryTests {
    private let loop = LoopIndex(1)

    @Test func aSessionIsFoundByItsKeyAlone() {
        let registry = CancelRegistry()
        let session = SessionID(7)
        let number = registry.register(
            secret: [1, 2, 3, 4], loop: loop, session: session, drawn: 9)
        #expect(number > 0)
        #expect(
            registry.owner(processID: number, secret: [1, 2, 3, 4]) == .session(loop, session))
        for wrong in [[], [1], [1, 2, 3], [1, 2, 3, 5], [0, 2, 3, 4], [1, 2, 3, 4, 0]] as [[UInt8]]
        {
            #expect(registry.owner(processID: number, secret: wrong) == .nobody)
        }
        registry.remove(number)
        #expect(registry.owner(processID: number, secret: [1, 2, 3, 4]) == .nobody)
    }

    @Test func numbersTellWhoseTheyAre() {
        let here = CancelRegistry()
        let there = CancelRegistry()
        here.place = ProcessPlace(host: 1, process: 2)
        there.place = ProcessPlace(host: 1, process: 3)
        let number = there.register(
            secret: [1], loop: loop, session: SessionID(1), drawn: .max)
        #expect(here.owner(processID: number, secret: [1]) == .elsewhere(there.place))
        #expect(here.owner(processID: 0, secret: [1]) == .nobody)
        #expect(here.owner(processID: -number, secret: [1]) == .nobody)
    }

    @Test func numbersDiffer() {
        let registry = CancelRegistry()
        let numbers = (0..<5_000).map {
            registry.register(
                secret: [], loop: loop, session: SessionID(UInt64($0)), drawn: UInt32($0 % 7))
        }
        #expect(Set(numbers).count == numbers.count)
        #expect(registry.owner(processID: numbers[0], secret: [0, 0, 0, 0]) == .nobody)
    }

    @Test func keysAreComparedWhole() {
        #expect(CancelRegistry.isSame([], []))
        #expect(CancelRegistry.isSame([9, 8], [9, 8]))
        #expect(!CancelRegistry.isSame([9, 8], [9, 9]))
        #expect(!CancelRegistry.isSame([8, 8], [9, 8]))
        #expect(!CancelRegistry.isSame([9], [9, 8]))
    }
}
