import Testing
import Vocabulary

@testable import ProxyServer

@Suite struct WaitingRoomTests {
    private func time(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    private func room(_ guests: (UInt64, UInt64)...) -> WaitingRoom {
        var room = WaitingRoom()
        for (session, deadline) in guests { room.enter(SessionID(session), until: time(deadline)) }
        return room
    }

    @Test func allLeaveInOrderOfArrival() {
        var room = room((3, 500), (1, 100), (2, 900))
        #expect(room.takeAll().map(\.rawValue) == [3, 1, 2])
        #expect(room.isEmpty)
        #expect(room.nextDeadline == nil)
    }

    @Test func whoHasWaitedLongEnoughLeaves() {
        var room = room((3, 500), (1, 100), (2, 900))
        #expect(room.nextDeadline == time(100))
        #expect(room.takeExpired(at: time(99)).isEmpty)
        #expect(room.takeExpired(at: time(500)).map(\.rawValue) == [3, 1])
        #expect(room.nextDeadline == time(900))
    }

    @Test func whoLeavesIsNotCalledAgain() {
        var room = room((3, 500), (1, 100))
        room.leave(SessionID(1))
        room.leave(SessionID(77))
        #expect(room.takeAll().map(\.rawValue) == [3])
    }
}
