import PostgresWire
import StatementClassifier
import Vocabulary

/// A transaction block that the client has begun and no server knows of yet: BEGIN is answered here
/// and sent with the first statement, which may still choose the node.
///
/// Invariant: `prelude` holds complete Query messages, as many as `messageCount`, and is empty
/// unless the state is `.begun` or `.roaming`.
package struct DeferredBegin: Sendable {
    enum State: UInt8, Sendable, Hashable {
        case none
        case begun
        /// The first statement could not be run: the block is in the failed state, here alone.
        case failed
        /// It reads on a replica, and may have to be begun anew on the primary.
        case roaming
    }

    private(set) var state = State.none
    private(set) var modes = TransactionModes()
    private(set) var hint: RouteChoice?
    private(set) var prelude: [UInt8] = []
    private(set) var messageCount = 0
    /// It must not read on a replica, whatever the policy says.
    private(set) var staysOnPrimary = false
    /// Of a roaming block: that it is READ COMMITTED is known and not only hoped.
    private(set) var isSure = false
    /// Of a roaming block: it is not, and has been found out too late to run it elsewhere.
    private(set) var isStuck = false
    /// Of a failed block: a portal was bound that ends it.
    var endIsBound = false

    package init() {}

    /// What a client is told that asks now.
    var status: TransactionStatus {
        switch state {
        case .none: .idle
        case .begun, .roaming: .inTransaction
        case .failed: .failed
        }
    }

    /// - Parameter hint: of a comment ahead of BEGIN: it speaks for the whole block.
    mutating func begin(_ modes: TransactionModes, message: RawSpan, hint: RouteChoice? = nil) {
        state = .begun
        self.modes = modes
        self.hint = hint
        append(message)
    }

    /// SET TRANSACTION before the first statement. A standby refuses READ WRITE, even if READ ONLY
    /// follows.
    mutating func set(_ more: TransactionModes, message: RawSpan) {
        if more.access != .unspecified && modes.access != .readWrite { modes.access = more.access }
        if more.isolation != .unspecified { modes.isolation = more.isolation }
        if more.isDeferrable { modes.isDeferrable = true }
        append(message)
    }

    /// Whether one more message can be kept.
    func hasRoom(for bytes: Int) -> Bool { prelude.count + bytes <= Limits.preludeBytes }

    /// A statement of the proxy's own settings before the first that needs a server.
    mutating func add(_ message: RawSpan) { append(message) }

    /// Gives its storage, which is empty, and takes another's.
    mutating func exchange(_ storage: inout TurnStorage) { swap(&prelude, &storage.prelude) }

    /// The prelude was sent, or the block ended before anything was.
    mutating func clear() {
        state = .none
        modes = TransactionModes()
        hint = nil
        prelude.removeAll(keepingCapacity: true)
        messageCount = 0
        endIsBound = false
        (staysOnPrimary, isSure, isStuck) = (false, false, false)
    }

    // MARK: A block that reads on a replica

    /// A batch begins such a block by itself, with a BEGIN of these modes.
    mutating func adopt(_ modes: TransactionModes) {
        clear()
        state = .begun
        self.modes = modes
        var message = MessageWriter()
        message.query(
            modes.isolation == .unspecified ? "BEGIN" : "BEGIN ISOLATION LEVEL READ COMMITTED")
        prelude = message.bytes
        messageCount = 1
    }

    /// The prelude was sent to a replica, and is kept.
    mutating func roam(isSure: Bool) {
        state = .roaming
        self.isSure = isSure
    }

    mutating func isolationIsSure() { isSure = true }

    mutating func isolationDiffers() { isStuck = true }

    /// The replica has been left.
    mutating func comeBack() {
        guard state == .roaming else { return }
        state = .begun
    }

    /// The block has ended where it was.
    mutating func endRoaming() {
        if state == .roaming { clear() }
    }

    mutating func stayOnPrimary() { staysOnPrimary = true }

    /// The block as it can be begun anew elsewhere; nil: there is none.
    var replayable: DeferredBegin? {
        guard state == .begun || state == .roaming else { return nil }
        var copy = self
        copy.comeBack()
        return copy
    }

    mutating func fail() {
        clear()
        state = .failed
    }

    private mutating func append(_ message: RawSpan) {
        unsafe message.withUnsafeBytes { unsafe prelude.append(contentsOf: $0) }
        messageCount += 1
    }
}
