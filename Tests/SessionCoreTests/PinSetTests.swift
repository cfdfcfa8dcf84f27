import StatementClassifier
import Testing
import Vocabulary

@testable import SessionCore

@Suite("PinSet")
struct PinSetTests {
    private let now = MonotonicInstant(nanoseconds: 5)

    private func pins(_ effects: SessionEffects) -> PinSet {
        var pins = PinSet()
        pins.apply(effects, failed: false, isSettled: true, at: now)
        return pins
    }

    @Test("what a statement leaves behind pins, in words")
    func words() {
        #expect(pins([.setting, .listen]).description == "setting, listen")
        #expect(pins(.sequence).isEmpty, "nextval does not pin")
        #expect(pins([]).isEmpty)
        #expect(pins(PinSet.compound).isEmpty)
    }

    @Test(
        "each kind is taken away by its own statement alone",
        arguments: [
            (SessionEffects.resetAll, SessionEffects.setting), (.unlistenAll, .listen),
            (.deallocateAll, .sqlPrepared), (.closeAll, .holdCursor), (.resetRole, .role),
            (.discardTemporary, .temporaryObject), (.unlockAll, .advisoryLock),
        ])
    func takenAway(_ taker: SessionEffects, _ taken: SessionEffects) {
        let all: SessionEffects = [
            .setting, .listen, .sqlPrepared, .holdCursor, .role, .temporaryObject, .advisoryLock,
            .load, .unexamined,
        ]
        var pins = pins(all)
        pins.apply(taker, failed: false, isSettled: true, at: now)
        #expect(pins.reasons == all.subtracting(taken))
        pins.apply(.discardAll, failed: false, isSettled: true, at: now)
        #expect(pins.isEmpty)
    }

    @Test("nothing is taken away by an error, or while the transaction may still roll back")
    func notTakenAway() {
        var pins = pins([.setting, .listen])
        pins.apply(.resetAll, failed: true, isSettled: true, at: now)
        pins.apply(.resetAll, failed: false, isSettled: false, at: now)
        pins.apply(.unlistenAll, failed: true, isSettled: false, at: now)
        // BEGIN; UNLISTEN *; ROLLBACK in one string.
        pins.apply([.unlistenAll, PinSet.compound], failed: false, isSettled: true, at: now)
        #expect(pins.reasons == [.setting, .listen])
    }

    @Test("an error undoes what is transactional, and only that", arguments: [true, false])
    func errors(_ isSettled: Bool) {
        var pins = PinSet()
        pins.apply(
            [
                .setting, .listen, .temporaryObject, .role, .holdCursor, .advisoryLock,
                .sqlPrepared, .load, .unexamined,
            ], failed: true, isSettled: isSettled, at: now)
        #expect(pins.reasons == [.advisoryLock, .sqlPrepared, .load, .unexamined])
    }

    @Test("an error in several statements at once may have come after a COMMIT")
    func compound() {
        var pins = PinSet()
        pins.apply([.setting, PinSet.compound], failed: true, isSettled: true, at: now)
        #expect(pins.reasons == .setting)
    }

    @Test("the time of the first reason stays until the last is gone")
    func since() {
        var pins = pins(.setting)
        let later = MonotonicInstant(nanoseconds: 9)
        pins.set(PinSet.reportedSetting, true, at: later)
        #expect(pins.since == now)
        pins.set(PinSet.reportedSetting, false, at: later)
        pins.apply(.resetAll, failed: false, isSettled: true, at: later)
        #expect(pins.since == nil)
        pins.set(PinSet.reportedSetting, true, at: later)
        #expect(pins.since == later)
        pins.clear()
        #expect(pins.isEmpty && pins.since == nil)
    }
}
