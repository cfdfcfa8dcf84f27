/// Output that waits for its socket. Storage is borrowed from the loop while there is any output,
/// so that an idle connection holds none.
///
/// Invariant: the last `heldCount` bytes are not to be sent yet; `head + heldCount <= bytes.count`.
struct SendQueue {
    private(set) var bytes: [UInt8] = []
    private(set) var head = 0
    private(set) var heldCount = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { head == bytes.count }
    /// The end of what may be sent, in `bytes`.
    var end: Int { bytes.count - heldCount }
    /// How much may be sent.
    var sendableCount: Int { end - head }

    mutating func append(_ more: UnsafeRawBufferPointer, spares: inout SpareBuffers) {
        if bytes.capacity == 0 { bytes = spares.take() }
        if head > 0 && head == bytes.count { rewind() }
        bytes.append(contentsOf: more)
    }

    /// Adds bytes that are not to be sent yet.
    mutating func hold(_ more: UnsafeRawBufferPointer, spares: inout SpareBuffers) {
        append(more, spares: &spares)
        heldCount += more.count
    }

    /// What was held back may be sent.
    mutating func release() { heldCount = 0 }

    /// What was held back is dropped.
    mutating func discard(spares: inout SpareBuffers) {
        bytes.removeLast(heldCount)
        heldCount = 0
        advance(0, spares: &spares)
    }

    /// `sent` bytes are gone.
    mutating func advance(_ sent: Int, spares: inout SpareBuffers) {
        head += sent
        guard head == bytes.count else {
            // What was sent is dropped before it outweighs what was not.
            if head > 64 * 1024 {
                bytes.removeSubrange(0..<head)
                head = 0
            }
            return
        }
        head = 0
        var storage: [UInt8] = []
        swap(&storage, &bytes)
        spares.give(storage)
    }

    private mutating func rewind() {
        bytes.removeAll(keepingCapacity: true)
        head = 0
    }
}

/// Storage that goes around among the connections of one loop.
package struct SpareBuffers {
    private var buffers: [[UInt8]] = []
    /// As many buffers are kept, of at most `keptBytes` each.
    private static let keptCount = 64
    private static let keptBytes = 64 * 1024
    private static let leastBytes = 4_096

    /// An empty buffer with some capacity.
    mutating func take() -> [UInt8] {
        if let last = buffers.popLast() { return last }
        var fresh: [UInt8] = []
        fresh.reserveCapacity(Self.leastBytes)
        return fresh
    }

    /// The same if one is to be had; else one that grows as it is filled. For what may wait long,
    /// in many places at a time.
    mutating func takeIfAny() -> [UInt8] { buffers.popLast() ?? [] }

    mutating func give(_ storage: consuming [UInt8]) {
        guard buffers.count < Self.keptCount, storage.capacity <= Self.keptBytes,
            storage.capacity >= Self.leastBytes
        else { return }
        storage.removeAll(keepingCapacity: true)
        buffers.append(storage)
    }
}
