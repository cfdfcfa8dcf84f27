// The frames of the batch that waits for a server: in buffers that go around among the clients of
// the loop, so that an idle client holds none.
extension ClientConnection {
    /// Keeps a frame of the batch, in a buffer that goes around among the clients of the loop.
    func keep(_ frame: UnsafeRawBufferPointer) {
        if batch.capacity == 0 { batch = worker.loop.takeSpare() }
        batch.append(contentsOf: frame)
    }

    /// The same of what the session puts in the place of a frame.
    func keepInjection() {
        session.takeInjection { bytes in bytes.withUnsafeBytes { keep($0) } }
    }

    /// The frames are not needed any more.
    func dropBatch() { drop(&batch) }

    /// Gives a buffer back.
    func drop(_ buffer: inout [UInt8]) {
        guard buffer.capacity > 0 else { return }
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        worker.loop.giveSpare(taken)
    }
}
