import CSystem
import Vocabulary

/// Who is told what happens to a channel. Called on the loop that the channel belongs to.
package protocol ChannelOwner: AnyObject {
    /// Bytes may be read.
    func channelIsReadable(_ channel: Channel)
    /// Output that had been waiting has drained below the low-water mark.
    func channelDrained(_ channel: Channel)
    /// The connection that was started is there, or failed with these words.
    func channelConnected(_ channel: Channel, failure: String?)
    /// The handshake that was started is done, or failed with these words: then close it.
    func channelSecured(_ channel: Channel, failure: String?)
    /// The peer is gone; nothing more comes, and what waits to be sent is lost.
    func channelBroke(_ channel: Channel, cause: String)
}

/// A socket on a loop: bytes in, bytes out. Knows nothing of what they mean.
///
/// Invariant: while output waits that the socket would not take, the channel is registered for
/// writability; it is in the loop's list of dirty channels exactly when `isDirty`.
package final class Channel {
    package enum State: UInt8, Sendable { case connecting, open, closed }

    package internal(set) var state: State
    let descriptor: Int32
    let loop: EventLoop
    var token: UInt64 = 0
    /// Until the channel is closed.
    private(set) var owner: (any ChannelOwner)?
    var queue = SendQueue()
    var isDirty = false
    /// See `hold`.
    package internal(set) var isHolding = false
    /// From the beginning of a handshake on: all bytes go through it.
    var tls: TLSSession?
    /// The loop will look at this channel again without an event of its socket.
    var isToBeReconsidered = false
    private(set) var wantsInput = true
    private(set) var wantsDrain = false
    private var wasAbove = false

    init(_ descriptor: Int32, loop: EventLoop, state: State, owner: any ChannelOwner) {
        self.descriptor = descriptor
        self.loop = loop
        self.state = state
        self.owner = owner
    }

    /// Bytes that wait to be sent.
    package var pendingBytes: Int { queue.count }

    /// What waits could be lost by closing now: the peer does not take it, or it is much.
    package var holdsMuch: Bool { wantsDrain || queue.count > Limits.receiveBytes / 2 }

    /// More waits than should: whoever feeds this channel must stop until `channelDrained`.
    package var isClogged: Bool { queue.sendableCount > Limits.sendHighWaterBytes }

    /// Whether so much waits that a stretch of the high-water mark's size would clog it; if so,
    /// `channelDrained` will tell when that is over.
    package func lacksRoom() -> Bool {
        guard queue.count > Limits.sendLowWaterBytes else { return false }
        wasAbove = true
        return true
    }

    /// Sends, or queues for the end of the loop's round. Large stretches go out at once.
    package func write(_ bytes: UnsafeRawBufferPointer) {
        guard state != .closed, bytes.count > 0 else { return }
        if isHolding { return queue.hold(bytes, spares: &loop.spares) }
        var rest = bytes
        if queue.isEmpty && bytes.count >= Self.directBytes && state == .open {
            let sent = send(bytes)
            if sent == bytes.count { return }
            if sent > 0 { rest = UnsafeRawBufferPointer(rebasing: bytes[Int(sent)...]) }
        }
        queue.append(rest, spares: &loop.spares)
        markDirty()
    }

    /// Sends or queues a span.
    package func write(_ bytes: RawSpan) { bytes.withUnsafeBytes { write($0) } }

    /// Sends or queues an array.
    package func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// From this size on a stretch is not copied before it is sent.
    private static let directBytes = 16 * 1024

    /// Reads into a buffer. Returns the count; 0 at the end of input; nil when nothing is there.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        if let tls { return readEncrypted(tls, into: buffer) }
        let count = sy_receive(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        if -count == Int(11) || -count == Int(4) { return nil }  // EAGAIN, EINTR
        return 0
    }

    /// Stops or resumes reading.
    package func setReading(_ wanted: Bool) {
        guard wanted != wantsInput, state == .open else { return }
        wantsInput = wanted
        register()
        if wanted && tls?.hasMore ?? false { loop.reconsider(self) }
    }

    /// Sends what waits, as far as the socket takes it now, and closes.
    package func close() {
        guard state != .closed else { return }
        if state == .open {
            sendWaiting()
            tls?.shutDown()
        }
        state = .closed
        owner = nil
        loop.remove(self)
    }

    /// Gives the socket away as it is: nobody hears of this channel any more. nil: that cannot be,
    /// since something waits to be sent, or both sides have keys that only this channel has.
    package func letGo() -> Int32? {
        guard state == .open, queue.isEmpty, tls == nil else { return nil }
        state = .closed
        owner = nil
        loop.letGo(self)
        return descriptor
    }

    /// Sends what waits. Called once per round of the loop for each dirty channel, and when the
    /// socket takes more.
    func flush() {
        sendWaiting()
        let mustWait = queue.sendableCount > 0 && (tls?.mayWrite ?? true)
        if mustWait != wantsDrain {
            wantsDrain = mustWait
            register()
        }
        if wasAbove && queue.sendableCount <= Limits.sendLowWaterBytes {
            wasAbove = false
            owner?.channelDrained(self)
        }
    }

    func sendWaiting() {
        guard state == .open, queue.sendableCount > 0 else { return }
        let sent = queue.bytes.withUnsafeBytes { raw in
            send(UnsafeRawBufferPointer(rebasing: raw[queue.head..<queue.end]))
        }
        if sent > 0 { queue.advance(sent, spares: &loop.spares) }
    }

    /// Returns how many bytes are gone; negative: none, and never again.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let tls { return sendEncrypted(tls, bytes) }
        return sy_send(descriptor, bytes.baseAddress, bytes.count)
    }

    /// An event of the loop.
    func handle(_ events: UInt32) {
        if state == .connecting { return handleConnecting() }
        if let tls { return handleEncrypted(events, tls) }
        if events & sy_writable != 0 { flush() }
        if events & sy_readable != 0 && wantsInput && state == .open {
            owner?.channelIsReadable(self)
        } else if events & (sy_broken | sy_peer_closed) != 0 && state == .open {
            owner?.channelBroke(self, cause: cause(events))
        }
    }

    func cause(_ events: UInt32) -> String {
        let failure = sy_socket_error(descriptor)
        return failure == 0 ? "the connection was closed" : systemErrorText(failure)
    }

    private func handleConnecting() {
        let failure = sy_socket_error(descriptor)
        guard failure == 0 else {
            owner?.channelConnected(self, failure: systemErrorText(failure))
            return
        }
        state = .open
        register()
        owner?.channelConnected(self, failure: nil)
    }

    func markDirty() {
        if queue.sendableCount > Limits.sendHighWaterBytes { wasAbove = true }
        guard !isDirty else { return }
        isDirty = true
        loop.dirty.append(self)
    }

    /// While input is not wanted, the end of input is not asked for either: it would be told over
    /// and over.
    var interest: UInt32 {
        if state == .connecting { return sy_writable }
        if let tls, tls.needsSocket { return interest(of: tls) }
        return (wantsInput ? sy_readable | sy_peer_closed : 0) | (wantsDrain ? sy_writable : 0)
    }

    func register() {
        guard state != .closed else { return }
        _ = sy_epoll_change(loop.epoll.number, descriptor, interest, token)
    }
}
