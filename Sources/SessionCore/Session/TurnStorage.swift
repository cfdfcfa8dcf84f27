import DequeModule
import PostgresWire

/// Storage that a session fills while it has something to do. It goes around among the sessions of
/// a worker, so that an idle one holds none and a busy one allocates none.
///
/// Invariant: all of it is empty, whatever its capacity.
struct TurnStorage: Sendable {
    var owed: [Owed] = []
    var points: [RequestBatch.Point] = []
    var opening: [Owed] = []
    var entries: Deque<Owed> = []
    var cuts: [Session.Cut] = []
    var injection = MessageWriter()
    var prelude: [UInt8] = []
}

/// The storage that no session of a worker has now.
package struct SpareStorage: Sendable {
    private var spares: [TurnStorage] = []
    /// As many are kept for as many sessions that are busy at a time.
    private static let keptCount = 256

    package init() {}

    mutating func take() -> TurnStorage { spares.popLast() ?? TurnStorage() }

    mutating func give(_ storage: consuming TurnStorage) {
        if spares.count < Self.keptCount { spares.append(storage) }
    }
}

extension Session {
    /// The session has nothing to do: what it has of storage is for others.
    package mutating func rest(_ texts: inout TextMemory) {
        guard hasStorage, phase == .gathering, !batch.hasFrames, deferred.state == .none,
            injection.isEmpty
        else { return }
        var storage = TurnStorage()
        exchange(&storage)
        hasStorage = false
        texts.storage.give(storage)
    }

    /// The session begins to have something to do.
    mutating func wake(_ texts: inout TextMemory) {
        guard !hasStorage else { return }
        var storage = texts.storage.take()
        exchange(&storage)
        hasStorage = true
    }

    private mutating func exchange(_ storage: inout TurnStorage) {
        batch.exchange(&storage)
        ledger.exchange(&storage)
        deferred.exchange(&storage)
        swap(&opening, &storage.opening)
        swap(&cuts, &storage.cuts)
        swap(&injection, &storage.injection)
    }
}

extension RequestBatch {
    /// Gives its storage and takes another's; both are empty.
    mutating func exchange(_ storage: inout TurnStorage) {
        swap(&owed, &storage.owed)
        exchangePoints(&storage.points)
    }
}
