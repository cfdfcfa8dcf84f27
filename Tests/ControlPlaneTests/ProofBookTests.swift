import Testing
import Vocabulary

@testable import ControlPlane

struct ProofBookTests {
    private func at(_ nanoseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: nanoseconds)
    }

    private func place(_ position: UInt64, timeline: Timeline = Timeline(1)) -> TimelinePosition {
        TimelinePosition(timeline: timeline, position: LogSequenceNumber(position))
    }

    @Test func aReplicaThatHasReplayedEnoughIsProvenUpToTheQuestion() {
        var book = ProofBook(nodeCount: 2)
        book.primaryStood(at: place(100), asked: at(10))
        book.replicaStood(1, at: place(99), asked: at(11))
        #expect(book.replicas[1].provenUntil == nil)
        book.replicaStood(1, at: place(100), asked: at(12))
        #expect(book.replicas[1].provenUntil == at(10))
        #expect(book.replicas[1].askedAt == at(12))
    }

    @Test func atRestEveryQuestionToThePrimaryProves() {
        var book = ProofBook(nodeCount: 2)
        book.primaryStood(at: place(100), asked: at(10))
        book.replicaStood(1, at: place(100), asked: at(11))
        book.primaryStood(at: place(100), asked: at(20))
        #expect(book.replicas[1].provenUntil == at(20))
        #expect(book.pairs.count == 1)
    }

    @Test func olderPairsProveAReplicaThatIsBehind() {
        var book = ProofBook(nodeCount: 2)
        for step in 1...10 {
            book.primaryStood(at: place(UInt64(step) * 100), asked: at(UInt64(step)))
        }
        book.replicaStood(1, at: place(399), asked: at(11))
        #expect(book.replicas[1].provenUntil == at(3))
        book.replicaStood(1, at: place(1_000), asked: at(12))
        #expect(book.replicas[1].provenUntil == at(10))
        #expect(book.pairs.count == 1)
    }

    @Test func anotherTimelineOfThePrimaryVoidsAll() {
        var book = ProofBook(nodeCount: 3)
        book.primaryStood(at: place(100), asked: at(10))
        book.replicaStood(1, at: place(500), asked: at(11))
        book.replicaStood(2, at: place(500), asked: at(11))
        book.primaryStood(at: place(90, timeline: Timeline(2)), asked: at(20))
        #expect(book.replicas[1].provenUntil == nil)
        // It is further, but on a history that the primary does not share.
        book.replicaStood(1, at: place(500), asked: at(21))
        #expect(book.replicas[1].provenUntil == nil)
        book.replicaStood(2, at: place(90, timeline: Timeline(2)), asked: at(21))
        #expect(book.replicas[2].provenUntil == at(20))
    }

    @Test func aReplicaOnANewerTimelineProvesNothing() {
        var book = ProofBook(nodeCount: 2)
        book.primaryStood(at: place(100), asked: at(10))
        book.replicaStood(1, at: place(100), asked: at(11))
        book.replicaStood(1, at: place(200, timeline: Timeline(2)), asked: at(12))
        #expect(book.replicas[1].provenUntil == nil)
    }

    @Test func whoStartsAnewProvesAnew() {
        var book = ProofBook(nodeCount: 2)
        book.primaryStood(at: place(100), asked: at(10))
        book.replicaStood(1, at: place(100), asked: at(11))
        book.forget(1)
        book.replicaStood(1, at: place(60), asked: at(12))
        #expect(book.replicas[1].provenUntil == nil)
    }

    @Test func aPrimaryThatLostUnflushedWALInACrashCountsFromThere() {
        var book = ProofBook(nodeCount: 2)
        book.primaryStood(at: place(100), asked: at(10))
        book.primaryStood(at: place(200), asked: at(20))
        book.primaryStood(at: place(150), asked: at(30))
        #expect(book.pairs.map(\.position.rawValue) == [100, 150])
        book.replicaStood(1, at: place(150), asked: at(31))
        #expect(book.replicas[1].provenUntil == at(30))
    }

    @Test func aReplicaThatStandsStillNeedsBoundedMemory() {
        var book = ProofBook(nodeCount: 2)
        book.replicaStood(1, at: place(5), asked: at(1))
        for step in 1...100_000 {
            book.primaryStood(at: place(UInt64(step) * 10), asked: at(UInt64(step)))
            #expect(book.pairs.count <= ProofBook.capacity)
        }
        book.replicaStood(1, at: place(1_000_000), asked: at(100_001))
        #expect(book.replicas[1].provenUntil == at(100_000))
    }

    /// Against a model: commits are acknowledged at any time, answers come late, replicas replay,
    /// stand still and start anew. Never is a commit missing that a proof covers.
    @Test(arguments: 1...200)
    func noProofCoversWhatIsNotThere(seed: UInt64) {
        var world = ProofWorld(seed: seed)
        for _ in 0..<400 {
            world.step()
            if let wrong = world.wrongProof {
                Issue.record("seed \(seed): \(wrong)")
                return
            }
        }
    }

    @Test func theHistoriesProveSomething() {
        var proofs = 0
        for seed in UInt64(1)...50 {
            var world = ProofWorld(seed: seed)
            for _ in 0..<400 {
                world.step()
                _ = world.wrongProof
            }
            proofs += world.proofs
        }
        #expect(proofs > 1_000)
    }
}

/// A primary, two replicas and the questions that are under way.
private struct ProofWorld {
    private struct Question {
        let index: Int
        let asked: MonotonicInstant
        var answer: TimelinePosition?
        let incarnation: Int
    }

    private var random: SeededNumbers
    private var now: UInt64 = 1
    private var timeline = Timeline(1)
    private var insert: UInt64 = 100
    /// Position and instant of each acknowledged commit that the primary still has.
    private var commits: [(end: UInt64, acknowledged: UInt64)] = []
    private var replayed: [UInt64] = [0, 100, 100]
    private var replayedTimeline = [Timeline](repeating: Timeline(1), count: 3)
    private var incarnations = [0, 0, 0]
    private var known = [0, 0, 0]
    private var questions: [Question] = []
    private var book = ProofBook(nodeCount: 3)
    private(set) var proofs = 0

    init(seed: UInt64) { random = SeededNumbers(state: seed) }

    mutating func step() {
        now += random.below(5) + 1
        switch random.below(100) {
        case 0..<30: commit()
        case 30..<50: ask(0)
        case 50..<70: ask(Int(1 + random.below(2)))
        case 70..<85: arrive()
        case 85..<96: replay()
        case 96..<98: restart(Int(1 + random.below(2)))
        case _: failOver()
        }
        answer()
    }

    private mutating func commit() {
        insert += random.below(50) + 1
        commits.append((insert, now))
        now += random.below(3)
    }

    private mutating func ask(_ index: Int) {
        guard !questions.contains(where: { $0.index == index }) else { return }
        questions.append(
            Question(
                index: index, asked: MonotonicInstant(nanoseconds: now), answer: nil,
                incarnation: incarnations[index]))
        now += 1
    }

    /// The server reads its position at any time between question and answer.
    private mutating func answer() {
        for at in questions.indices where questions[at].answer == nil && random.below(3) == 0 {
            let index = questions[at].index
            questions[at].answer = TimelinePosition(
                timeline: index == 0 ? timeline : replayedTimeline[index],
                position: LogSequenceNumber(index == 0 ? insert : replayed[index]))
        }
    }

    private mutating func arrive() {
        guard let at = questions.firstIndex(where: { $0.answer != nil }) else { return }
        let question = questions.remove(at: at)
        // The connection broke with the server that was asked.
        guard let answer = question.answer,
            question.incarnation == incarnations[question.index]
        else { return }
        if known[question.index] != question.incarnation {
            known[question.index] = question.incarnation
            if question.index == 0 { book.forgetAll() } else { book.forget(question.index) }
        }
        if question.index == 0 {
            book.primaryStood(at: answer, asked: question.asked)
        } else {
            book.replicaStood(question.index, at: answer, asked: question.asked)
        }
    }

    private mutating func replay() {
        let index = Int(1 + random.below(2))
        guard replayedTimeline[index] == timeline else { return }
        replayed[index] += random.below(insert - min(replayed[index], insert) + 1)
    }

    /// A standby that crashed may come back further behind. Nobody asks it meanwhile, but proofs of
    /// it are looked at only over connections that are younger than the last answer.
    private mutating func restart(_ index: Int) {
        incarnations[index] += 1
        replayed[index] -= min(replayed[index], random.below(80))
        book.forget(index)
    }

    /// Replica 2's history becomes the primary's; replica 1 follows if it can.
    private mutating func failOver() {
        let fork = replayed[2]
        let former = timeline
        timeline = Timeline(former.rawValue + 1)
        commits.removeAll { $0.end > fork }
        insert = fork
        replayedTimeline[2] = timeline
        if replayed[1] <= fork && replayedTimeline[1] == former {
            replayedTimeline[1] = timeline
        }
        incarnations[0] += 1
        book.forgetAll()
    }

    /// A commit that a proof covers and the replica lacks.
    var wrongProof: String? {
        mutating get {
            for index in 1...2 {
                guard let proven = book.replicas[index].provenUntil else { continue }
                proofs += 1
                for commit in commits
                where commit.acknowledged < proven.nanoseconds
                    && (commit.end > replayed[index] || replayedTimeline[index] != timeline)
                {
                    return "replica \(index) is proven until \(proven.nanoseconds) and lacks "
                        + "the commit at \(commit.end), acknowledged at \(commit.acknowledged)"
                }
            }
            return nil
        }
    }
}

/// Numbers from a seed (Steele, Lea and Flood).
private struct SeededNumbers {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return bound == 0 ? 0 : (mixed ^ (mixed >> 31)) % bound
    }
}
