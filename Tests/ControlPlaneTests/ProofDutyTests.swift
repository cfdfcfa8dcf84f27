import Routing
import Testing
import Vocabulary

@testable import ControlPlane

struct ProofDutyTests {
    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    private func duty(interval: UInt64? = nil) -> ProofDuty {
        ProofDuty(roles: [.primary, .replica, .replica], intervalMillis: interval, at: at(0))
    }

    private func view(_ roles: [Role], down: Int) -> ClusterView {
        ClusterView(
            name: "c",
            nodes: roles.enumerated().map { index, role in
                NodeView(
                    id: NodeID(index), name: "pg\(index)", role: role,
                    state: index == down ? .down(reason: "gone") : .up)
            }, fallbackToPrimary: true)
    }

    private func answer(
        _ position: UInt64, asked: MonotonicInstant, connection: UInt64 = 1,
        timeline: Timeline = Timeline(1)
    ) -> ProofDuty.Answer {
        ProofDuty.Answer(
            place: TimelinePosition(timeline: timeline, position: LogSequenceNumber(position)),
            asked: asked, connection: connection)
    }

    @Test func nobodyIsAskedUnlessAProofIsWanted() {
        var duty = duty()
        #expect(duty.questions(at: at(5)) == [])
        #expect(duty.nextLook(at: at(5)) == nil)
    }

    @Test func everybodyIsAskedOnceInAWhile() {
        var duty = duty(interval: 100)
        #expect(duty.questions(at: at(0)).map(\.index) == [0, 1, 2])
        #expect(duty.questions(at: at(50)) == [])
        #expect(duty.nextLook(at: at(50)) == at(100))
        // Those that have not answered are not asked again.
        #expect(duty.questions(at: at(100)) == [])
    }

    @Test func aDemandAsksThePrimaryThenTheReplicasUntilAllAreProven() throws {
        var duty = duty()
        duty.want(at(10), LogSequenceNumber(0), at: at(11))
        let first = duty.questions(at: at(11))
        #expect(first.map(\.index) == [0])
        duty.answered(first[0], answer(500, asked: at(11)), at: at(12))
        let second = duty.questions(at: at(12))
        #expect(second.map(\.index) == [1, 2])
        duty.answered(second[0], answer(500, asked: at(12)), at: at(13))
        duty.answered(second[1], answer(400, asked: at(12)), at: at(13))
        #expect(duty.book.replicas[1].provenUntil == at(11))
        #expect(duty.questions(at: at(13)) == [])
        #expect(duty.nextLook(at: at(13)) == at(14))
        let third = duty.questions(at: at(14))
        #expect(third.map(\.index) == [2])
        #expect(third.map(\.awaits) == [LogSequenceNumber(500)])
        duty.answered(third[0], answer(500, asked: at(14)), at: at(15))
        #expect(!duty.isLive(at: at(15)))
        #expect(duty.nextLook(at: at(15)) == nil)
    }

    @Test func aDemandThatNobodyRepeatsEnds() {
        var duty = duty()
        duty.want(at(10), LogSequenceNumber(0), at: at(11))
        #expect(duty.isLive(at: at(1_010)))
        #expect(!duty.isLive(at: at(1_012)))
    }

    @Test func theLongerItTakesTheRarerTheQuestions() {
        var duty = duty()
        duty.want(at(0), LogSequenceNumber(0), at: at(1))
        let first = duty.questions(at: at(1))
        duty.answered(first[0], answer(500, asked: at(1)), at: at(1))
        var asked = 0
        for millisecond in UInt64(1)...900 {
            for question in duty.questions(at: at(millisecond)) {
                asked += 1
                duty.answered(
                    question, answer(1, asked: at(millisecond)), at: at(millisecond))
            }
        }
        #expect((60...140).contains(asked), "\(asked) questions to two replicas that stand still")
    }

    @Test func anotherPrimaryVoidsProofsAndAnswersUnderWay() {
        var duty = duty(interval: 1_000)
        let questions = duty.questions(at: at(0))
        duty.answered(questions[0], answer(500, asked: at(0)), at: at(1))
        duty.answered(questions[1], answer(500, asked: at(0)), at: at(1))
        #expect(duty.book.replicas[1].provenUntil == at(0))
        duty.show(view([.replica, .primary, .replica], down: 0), at: at(2))
        #expect(duty.book.replicas[1].provenUntil == nil)
        duty.answered(questions[2], answer(500, asked: at(0)), at: at(3))
        #expect(duty.book.replicas[2].replayed == nil)
        #expect(duty.questions(at: at(3)).map(\.index) == [1, 2])
    }

    @Test func whoIsConnectedAnewProvesAnew() {
        var duty = duty(interval: 10)
        let first = duty.questions(at: at(0))
        duty.answered(first[0], answer(500, asked: at(0)), at: at(1))
        duty.answered(first[1], answer(500, asked: at(0)), at: at(1))
        duty.answered(first[2], answer(500, asked: at(0)), at: at(1))
        let second = duty.questions(at: at(10))
        duty.answered(second[1], answer(300, asked: at(10), connection: 2), at: at(11))
        #expect(duty.book.replicas[1].provenUntil == nil)
        duty.failed(second[2], at: at(11))
        #expect(duty.book.replicas[2].provenUntil == nil)
    }

    /// Replicas hold what they hold; but who answers next as the primary may be another server.
    @Test func aPrimaryThatIsGoneTakesNoProofsAway() {
        var duty = duty(interval: 10)
        let first = duty.questions(at: at(0))
        duty.answered(first[0], answer(500, asked: at(0)), at: at(1))
        duty.answered(first[1], answer(500, asked: at(0)), at: at(1))
        let second = duty.questions(at: at(10))
        duty.failed(second[0], at: at(11))
        #expect(duty.book.replicas[1].provenUntil == at(0))
        let third = duty.questions(at: at(2_000))
        #expect(third.first?.index == 0)
        duty.answered(third[0], answer(500, asked: at(2_000), connection: 2), at: at(2_001))
        #expect(duty.book.replicas[1].provenUntil == nil)
    }

    @Test func aWantedPositionIsAskedForWithoutAWantedInstant() {
        var duty = duty(interval: 100_000)
        for question in duty.questions(at: at(0)).reversed() {
            duty.answered(question, answer(500, asked: at(1)), at: at(1))
        }
        duty.want(at(0), LogSequenceNumber(600), at: at(50))
        #expect(duty.questions(at: at(50)).map(\.index) == [1, 2])
    }

    @Test func aConnectionThatIsYoungerThanTheProofNeedsANewOne() throws {
        var duty = duty(interval: 100_000)
        for question in duty.questions(at: at(0)) {
            duty.answered(question, answer(500, asked: at(0)), at: at(1))
        }
        duty.want(at(50), LogSequenceNumber(0), at: at(50))
        let first = duty.questions(at: at(51))
        #expect(first.map(\.index) == [0, 1, 2])
        for question in first.reversed() {
            duty.answered(question, answer(500, asked: at(51)), at: at(52))
        }
        #expect(duty.book.replicas[1].provenUntil == at(51))
        #expect(duty.book.replicas[1].askedAt == at(51))
        #expect(!duty.isLive(at: at(52)))
    }
}
