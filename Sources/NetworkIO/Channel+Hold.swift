import Vocabulary

// Output that is held back: it has its place in the queue, and goes out or is thrown away later.
extension Channel {
    /// From now on what is written stays here, until `releaseHeld` or `discardHeld`.
    package func hold() { isHolding = true }

    /// Bytes that were written since `hold`.
    package var heldBytes: Int { queue.heldCount }

    /// What was held back goes out, and so does what follows.
    package func releaseHeld() {
        isHolding = false
        guard queue.heldCount > 0 else { return }
        queue.release()
        markDirty()
    }

    /// What was held back is gone as if it had never been written.
    package func discardHeld() {
        isHolding = false
        guard queue.heldCount > 0 else { return }
        queue.discard(spares: &loop.spares)
    }
}
