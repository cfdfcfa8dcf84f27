import DequeModule
import PostgresWire
import Routing
import SessionCore
import Vocabulary

/// The connection of shadow mode to one node, for one worker and database: outside the pools, so
/// that no client ever waits for it. Opened when there is something to run, for the user whose
/// statement that is; closed when there is nothing for a while.
///
/// Invariant: `current` is under way exactly while `server` is open and `reader` follows its
/// answer; `server` refers back to this line.
final class ShadowLine {
    let node: NodeID
    private let worker: Worker
    private let timeoutMilliseconds: UInt64
    private var waiting: Deque<ShadowErrand> = []
    private var current: ShadowErrand?
    private var replies: [ShadowReply] = []
    private var reader = ReplyReader()
    private var stepSince = MonotonicInstant(nanoseconds: 0)
    private var isSetting = false
    private var server: ServerConnection?
    private var isOpen = false
    /// What was set on the connection; nil: not even the proxy's own.
    private var settings: CarriedSettings?
    private var idleSince: MonotonicInstant?
    private var retryAt: MonotonicInstant?

    /// No attempt to open a connection is made for so long after one has failed.
    private static let pauseMilliseconds: UInt64 = 1_000
    /// A server that does not keep its own time limit is given this much more.
    private static let graceMilliseconds: UInt64 = 2_000

    /// - Parameter timeoutMilliseconds: of one statement.
    init(_ node: NodeID, worker: Worker, timeoutMilliseconds: UInt64) {
        self.node = node
        self.worker = worker
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Bytes of what waits.
    private(set) var waitingBytes = 0

    /// There is no room for more.
    var isFull: Bool { waiting.count >= Limits.shadowQueue }

    /// Runs an errand when its turn comes.
    func run(_ errand: ShadowErrand) {
        guard retryAt.map({ $0 <= worker.now }) ?? true else { return errand.done(nil) }
        worker.profiles.retain(errand.lane)
        waiting.append(errand)
        waitingBytes += Self.size(errand)
        advance()
    }

    private static func size(_ errand: ShadowErrand) -> Int {
        errand.steps.reduce(0) { $0 + $1.count }
    }

    // MARK: One after the other

    private func advance() {
        guard current == nil, server == nil || isOpen, let next = takeNext() else { return }
        current = next
        idleSince = nil
        replies = []
        if let server, serves(server, next) { return begin(next) }
        closeServer()
        open(for: next)
    }

    /// Those of the user who has the connection come first; what waits too long is given up.
    private func takeNext() -> ShadowErrand? {
        let oldest = worker.now
        while let first = waiting.first,
            first.since.advanced(milliseconds: Limits.shadowWaitMilliseconds) < oldest
        {
            waiting.removeFirst()
            waitingBytes -= Self.size(first)
            finish(first, nil)
        }
        guard !waiting.isEmpty else { return nil }
        let own = server.flatMap { server in waiting.firstIndex { serves(server, $0) } }
        let errand = waiting.remove(at: own ?? waiting.startIndex)
        waitingBytes -= Self.size(errand)
        return errand
    }

    private func serves(_ server: ServerConnection, _ errand: ShadowErrand) -> Bool {
        server.driver.tenant === errand.tenant && server.profile == errand.lane
            && !server.driver.isRetired
    }

    private func open(for errand: ShadowErrand) {
        worker.profiles.retain(errand.lane)
        let fresh = ServerConnection(
            worker.ids.next(), driver: worker.driver(errand.tenant, node), profile: errand.lane,
            worker: worker)
        fresh.shadow = self
        server = fresh
        settings = nil
        worker.servers[fresh.id] = fresh
        fresh.open()
    }

    /// The connection is logged in.
    func opened() {
        isOpen = true
        if let current { begin(current) } else { advance() }
    }

    private func begin(_ errand: ShadowErrand) {
        let changes =
            settings?.difference(to: errand.settings)
            ?? CarriedSettings()
            .difference(to: errand.settings)
        guard settings == nil || !changes.isEmpty else { return step(errand) }
        settings = errand.settings
        isSetting = true
        send(ShadowErrand.query(Self.text(changes, timeoutMilliseconds)))
    }

    /// Nothing that a client has set may let the statement run for longer, or write. Where a part
    /// fails, the block stays open and failed: nothing that follows runs.
    private static func text(_ changes: [[UInt8]], _ timeoutMilliseconds: UInt64) -> String {
        let own = [
            "SET statement_timeout TO \(timeoutMilliseconds)",
            "SET default_transaction_read_only TO on",
            "SET application_name TO 'switchyard shadow'",
        ]
        let texts = changes.map { String(decoding: $0, as: UTF8.self) }
        return (["BEGIN"] + texts + own + ["COMMIT"]).joined(separator: "; ")
    }

    private func step(_ errand: ShadowErrand) {
        guard replies.count < errand.steps.count else {
            current = nil
            idleSince = worker.now
            finish(errand, replies)
            return advance()
        }
        send(errand.steps[replies.count])
    }

    private func send(_ bytes: [UInt8]) {
        reader = ReplyReader()
        stepSince = worker.now
        server?.channel?.write(bytes)
        let deadline = worker.now.advanced(
            milliseconds: timeoutMilliseconds + Self.graceMilliseconds)
        server?.deadline = deadline
        worker.loop.wake(at: deadline)
    }

    private func finish(_ errand: ShadowErrand, _ replies: [ShadowReply]?) {
        worker.release(errand.lane)
        errand.done(replies)
    }

    // MARK: Answers

    /// Bytes of the server; returns how many. Outside an errand there are only asynchronous
    /// messages, or its end.
    func receive(_ bytes: RawSpan) -> Int {
        var at = 0
        while at < bytes.byteCount, server != nil {
            at += reader.take(bytes.extracting(at..<bytes.byteCount))
            if reader.isBroken {
                server?.breach("unknown message in shadow mode")
            } else if reader.digest.bytes > Limits.shadowReplyBytes {
                giveUp()
                break
            } else if reader.isComplete {
                answered()
            }
        }
        return bytes.byteCount
    }

    private func answered() {
        server?.deadline = nil
        let reply = ShadowReply(
            digest: reader.digest, value: reader.value,
            nanoseconds: worker.now.nanoseconds(since: stepSince))
        reader = ReplyReader()
        guard let current else { return }
        if isSetting {
            isSetting = false
            guard reply.digest.state == nil else { return giveUp() }
        } else {
            replies.append(reply)
        }
        step(current)
    }

    /// What runs is not worth waiting for, or the connection not what it should be.
    private func giveUp() {
        let errand = current
        let reply = ShadowReply(digest: reader.digest, value: nil, nanoseconds: 0)
        let wasSetting = isSetting
        server?.requestCancel(nil)
        current = nil
        closeServer()
        if let errand { finish(errand, wasSetting ? nil : replies + [reply]) }
        advance()
    }

    // MARK: The end

    /// The connection could not be opened, or broke.
    func lost(_ cause: String, wasOpen: Bool) {
        server = nil
        isOpen = false
        isSetting = false
        var failed = [current].compactMap { $0 }
        current = nil
        if !wasOpen {
            failed += waiting
            waiting = []
            waitingBytes = 0
            retryAt = worker.now.advanced(milliseconds: Self.pauseMilliseconds)
        }
        for errand in failed { finish(errand, nil) }
        advance()
    }

    private func closeServer() {
        server?.shadow = nil
        server?.close()
        server = nil
        isOpen = false
        isSetting = false
        settings = nil
    }

    /// Closes a connection that nobody has used for a while, or that is to its old place.
    func tick() {
        advance()
        guard current == nil, let server, isOpen else { return }
        let isStale = idleSince.map {
            $0.advanced(milliseconds: Limits.shadowIdleMilliseconds) <= worker.now
        }
        if server.driver.isRetired || isStale ?? false { closeServer() }
    }

    /// Nothing is to be run any more.
    func end() {
        let failed = [current].compactMap { $0 } + waiting
        current = nil
        waiting = []
        waitingBytes = 0
        closeServer()
        for errand in failed { finish(errand, nil) }
    }
}
