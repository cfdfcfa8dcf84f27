import Routing
import StatementClassifier

/// Whether what a replica answers may still be thrown away, so that the batch can run elsewhere.
///
/// Invariant: while it is not `.off`, nothing of the answer has reached the client, the batch is
/// kept, and the client's next frames wait. `kept` has one element at the most.
package struct HoldBack: Sendable {
    enum State: UInt8, Sendable {
        /// What comes is the client's at once.
        case off
        /// What comes is kept, and will be the client's unless the replica fails.
        case holding
        /// The replica has failed: what comes until it is done with the batch is nobody's.
        case withdrawing
    }

    /// What is seldom needed. It lives apart: every idle client has one of these.
    private struct Kept: Sendable {
        var begin: DeferredBegin?
        var told: ReportedSettings?
        var refusal: StandbyRefusal?
        var message: [UInt8] = []
    }

    private(set) var state = State.off
    /// Where else the batch may run, as of the last look.
    var elsewhere: Elsewhere = []
    /// The server session is not as it was: put it back before another has it.
    var needsReset = false
    private var kept: [Kept] = []

    package init() {}

    /// - Parameter begin: the transaction that the batch is the first of.
    mutating func begin(_ begin: DeferredBegin?) {
        state = .holding
        elsewhere = []
        needsReset = false
        if let begin { keep { $0.begin = begin } }
    }

    /// The answer is the client's from now on.
    mutating func end() {
        state = .off
        if !kept.isEmpty { kept = [] }
    }

    /// The client is about to be told something of its settings, which it may never get.
    mutating func willTell(_ told: ReportedSettings) {
        guard state == .holding, kept.first?.told == nil else { return }
        keep { $0.told = told }
    }

    /// The replica has failed.
    /// - Parameter message: the body of its ErrorResponse; empty: there is none.
    mutating func withdraw(_ refusal: StandbyRefusal, _ message: [UInt8]) {
        state = .withdrawing
        keep {
            $0.refusal = refusal
            $0.message = message
        }
    }

    /// The transaction that the batch is the first of belongs on the primary.
    mutating func withdrawBlock() {
        guard state == .holding else { return }
        keep { $0.begin?.stayOnPrimary() }
        withdraw(.isolation, [])
    }

    private mutating func keep(_ change: (inout Kept) -> Void) {
        if kept.isEmpty { kept.append(Kept()) }
        change(&kept[0])
    }

    /// As the transaction was begun that the batch is the first of.
    var begun: DeferredBegin? { kept.first?.begin }
    /// What the client had been told before what was thrown away.
    var told: ReportedSettings? { kept.first?.told }
    /// Why the replica has not run it.
    var refusal: StandbyRefusal? { kept.first?.refusal }
    /// The body of the ErrorResponse that said so.
    var message: [UInt8] { kept.first?.message ?? [] }
}
