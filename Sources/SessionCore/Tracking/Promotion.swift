import Vocabulary

/// What becomes of the unnamed statement that a batch begins with: whether the turn runs a shared
/// one in its place. Of one batch at a time, and of the turn that runs it.
///
/// Only a batch that begins with its Parse, directly followed by the Bind or Describe of it, and
/// never speaks of it again, comes into question: whatever the server says against it is then its
/// first word, and the batch can be sent once more as it was.
package struct Promotion: Sendable {
    enum State: UInt8, Sendable {
        /// Nothing of the kind.
        case none
        /// The batch begins with a Parse that could be spared.
        case parsed
        /// A Bind or Describe of its statement follows.
        case referred
        /// The same, and the unnamed statement is another one since, or none.
        case settled
        /// The server has been sent the Bind or Describe of the shared statement: its first answer
        /// is awaited, and the client's answer to its Parse with it.
        case proving
        /// The server had something against it: it is sent the batch as it is.
        case resending
        /// The server runs it.
        case running
    }

    /// A run that was measured.
    package struct Run: Sendable, Hashable {
        let statement: SharedStatement
        let way: PromotionHistory.Way

        /// As servers know it.
        package var statementName: String { statement.name }
    }

    private(set) var state = State.none
    private var way = PromotionHistory.Way.own
    private(set) var statement = SharedStatement.none
    /// Of the Parse, in `PreparedStatements`.
    private(set) var number: UInt32 = 0
    /// The frame of the Parse, and that of what follows it.
    private var parseBytes: UInt32 = 0
    private(set) var referringBytes: UInt32 = 0

    package init() {}

    /// Header, the kind or the name of no portal, and the name of no statement: what the second
    /// frame begins with.
    private static let headBytes = 7

    // MARK: The batch

    /// The batch begins with a Parse.
    mutating func parsed(
        _ statement: SharedStatement, number: UInt32, bytes: Int, _ way: PromotionHistory.Way
    ) {
        self.statement = statement
        self.number = number
        self.way = way
        parseBytes = UInt32(clamping: bytes)
        state = .parsed
    }

    /// The batch begins in another way.
    mutating func forget() { state = .none }

    /// A frame of the batch speaks of the unnamed statement.
    /// - Parameters:
    ///   - index: its place in the batch.
    ///   - isPlain: its head has `headBytes` bytes.
    mutating func referred(at index: Int, isPlain: Bool, bytes: Int) {
        switch state {
        case .none, .settled, .proving, .resending, .running: return
        case .parsed:
            guard index == 1 && isPlain else { return state = .none }
            referringBytes = UInt32(clamping: bytes)
            state = .referred
        case .referred: state = .none
        }
    }

    /// The unnamed statement is another one from here on, or none.
    mutating func replaced() {
        switch state {
        case .none, .settled, .proving, .resending, .running: break
        case .parsed: state = .none
        case .referred: state = .settled
        }
    }

    /// The batch may run with a shared statement, as far as its frames tell.
    package var isPossible: Bool { state == .referred || state == .settled }

    /// The same, and it is to.
    var isWanted: Bool { isPossible && way == .shared }

    // MARK: The turn

    /// The turn begins.
    /// - Parameter isFit: nothing speaks against it.
    /// - Returns: whether a shared statement is run.
    mutating func begins(isFit: Bool) -> Bool {
        guard isPossible else { return false }
        guard isFit, way != .demoted else {
            state = .none
            return false
        }
        state = way == .shared ? .proving : .running
        return way == .shared
    }

    /// The server's first answer has not come.
    var isProving: Bool { state == .proving }

    /// It has come, and it is what it should be.
    mutating func proved() { state = .running }

    /// The batch is sent as it is after all.
    mutating func resends() { state = .resending }

    var isResending: Bool { state == .resending }

    /// It failed: it is not measured.
    mutating func failed() { state = .none }

    /// Bytes of the batch's frames that are not sent.
    var sparedBytes: Int { isProving ? Int(parseBytes) + Self.headBytes : 0 }

    /// Of those the ones that others stand for.
    var replacedBytes: Int { Self.headBytes }

    /// What has been measured; nil: nothing.
    package var run: Run? {
        state == .running ? Run(statement: statement, way: way) : nil
    }

    /// The server is left: the batch may be run elsewhere.
    mutating func detached() {
        switch state {
        case .proving, .running: state = .settled
        case .resending: state = .none
        case .none, .parsed, .referred, .settled: break
        }
    }
}
