import CSystem
import Vocabulary

/// Who owns a loop: told once per round, on the loop.
package protocol LoopOwner: AnyObject {
    /// Letters are waiting in the mailbox.
    func mailArrived()
    /// The instant asked for with `wake(at:)` has come.
    func timeCame()
    /// Somebody has connected; the descriptor is the owner's from now on.
    func clientCame(_ arrival: Arrival)
}

/// An epoll set and what hangs on it. Confined to the queue that runs it; the only way in from
/// outside is a mailbox.
///
/// Invariant: `channels[slot]` is the channel whose token ends in that slot, or nil; a token is
/// never used again, so an event that was reported before its channel closed reaches nobody.
package final class EventLoop {
    let epoll: FileDescriptor
    private let timer: FileDescriptor
    private var channels: ContiguousArray<Channel?> = []
    private var freeSlots: [Int] = []
    private var generation: UInt64 = 1
    private var armedFor: UInt64 = .max
    private var isStopped = false
    var dirty: ContiguousArray<Channel> = []
    /// Channels with something to say that their sockets will not announce.
    private var reconsidered: ContiguousArray<Channel> = []
    private var entrances = Entrances()
    var spares = SpareBuffers()
    /// Events that were dealt with since the beginning.
    package private(set) var eventCount: UInt64 = 0
    /// Read once per round.
    package private(set) var now: MonotonicInstant
    /// How many sockets have something to say at a time, in 256ths, on the average of the last
    /// rounds. Many: who waits, waits for this loop or for the machine.
    package private(set) var crowd = 0
    /// One buffer for all input of the loop.
    package let receiveBuffer: UnsafeMutableRawBufferPointer

    private static let mailToken: UInt64 = 1
    private static let timerToken: UInt64 = 2

    package init() {
        epoll = FileDescriptor(owning: sy_epoll_create())
        timer = FileDescriptor(owning: sy_timerfd())
        now = Self.clock()
        receiveBuffer = .allocate(byteCount: Limits.receiveBytes, alignment: 64)
        _ = sy_epoll_add(epoll.number, timer.number, sy_readable, Self.timerToken)
    }

    deinit { receiveBuffer.deallocate() }

    /// The monotonic clock, now.
    package static func clock() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: sy_monotonic_nanoseconds())
    }

    /// Runs until `stop`. Blocks the calling queue for the loop's life.
    package func run<Letter: Sendable>(owner: any LoopOwner, mailbox: Mailbox<Letter>) {
        _ = sy_epoll_add(epoll.number, mailbox.descriptor, sy_readable, Self.mailToken)
        let events = UnsafeMutableBufferPointer<sy_event>.allocate(capacity: 256)
        defer { events.deallocate() }
        sy_work_in_batches()
        while !isStopped {
            let patience: Int32 = reconsidered.isEmpty ? -1 : 0
            let count = Int(sy_epoll_wait(epoll.number, events.baseAddress, 256, patience))
            now = Self.clock()
            if count > 0 { eventCount &+= UInt64(count) }
            crowd += (max(0, count) * 256 - crowd) / 16
            var index = 0
            while index < count {
                dispatch(events[index], owner)
                index += 1
            }
            if !reconsidered.isEmpty { reconsider() }
            flush()
        }
        flush()
    }

    /// Has a channel looked at in this round or the next, whatever its socket says.
    func reconsider(_ channel: Channel) {
        guard !channel.isToBeReconsidered else { return }
        channel.isToBeReconsidered = true
        reconsidered.append(channel)
    }

    /// Each once: who has more to say still has its turn after the sockets of the next round.
    private func reconsider() {
        var batch: ContiguousArray<Channel> = []
        swap(&batch, &reconsidered)
        for channel in batch {
            channel.isToBeReconsidered = false
            channel.look()
        }
        batch.removeAll(keepingCapacity: true)
        if reconsidered.isEmpty { swap(&batch, &reconsidered) }
    }

    /// Ends `run` after the current round.
    package func stop() { isStopped = true }

    /// Asks for `timeCame` at an instant, or earlier if that was asked for before.
    package func wake(at instant: MonotonicInstant) {
        guard instant.nanoseconds < armedFor else { return }
        armedFor = instant.nanoseconds
        _ = sy_timerfd_arm(timer.number, max(1, instant.nanoseconds))
    }

    /// An empty buffer, with some capacity if one is to be had; to be given back once it is not
    /// needed.
    package func takeSpare() -> [UInt8] { spares.takeIfAny() }

    /// Takes a buffer back, whatever is in it.
    package func giveSpare(_ storage: consuming [UInt8]) { spares.give(storage) }

    /// Takes over a connected socket.
    package func adopt(_ descriptor: consuming FileDescriptor, owner: any ChannelOwner) -> Channel {
        add(Channel(descriptor.release(), loop: self, state: .open, owner: owner))
    }

    /// Starts to connect.
    package func connect(
        to address: SocketAddress, owner: any ChannelOwner
    ) -> Result<Channel, ResolveError> {
        let number = address.bytes.withUnsafeBytes {
            sy_connect($0.baseAddress, UInt32($0.count))
        }
        guard number >= 0 else { return .failure(ResolveError(text: systemErrorText(-number))) }
        return .success(add(Channel(number, loop: self, state: .connecting, owner: owner)))
    }

    /// Takes over a descriptor of a listening socket, to accept connections from it.
    package func listen(on descriptor: Int32) { entrances.add(descriptor, epoll: epoll.number) }

    /// Accepts what waits, and nothing after that.
    package func stopListening(_ arrived: (Arrival) -> Void) {
        entrances.close(epoll: epoll.number, arrived)
    }

    func remove(_ channel: Channel) { if forget(channel) { sy_close(channel.descriptor) } }

    /// The socket is for another loop.
    func letGo(_ channel: Channel) {
        if forget(channel) { _ = sy_epoll_remove(epoll.number, channel.descriptor) }
    }

    private func forget(_ channel: Channel) -> Bool {
        let slot = Int(channel.token & 0xFFFF_FFFF)
        guard channels.indices.contains(slot), channels[slot] === channel else { return false }
        channels[slot] = nil
        freeSlots.append(slot)
        return true
    }

    private func add(_ channel: Channel) -> Channel {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            channels[slot] = channel
        } else {
            slot = channels.count
            channels.append(channel)
        }
        generation += 1
        // The highest bit tells channels from the loop's own two, for ever.
        channel.token = (generation | 1 << 31) << 32 | UInt64(slot)
        _ = sy_epoll_add(epoll.number, channel.descriptor, channel.interest, channel.token)
        return channel
    }

    private func dispatch(_ event: sy_event, _ owner: any LoopOwner) {
        switch event.token {
        case Self.mailToken: owner.mailArrived()
        case Self.timerToken:
            sy_eventfd_clear(timer.number)
            armedFor = .max
            if entrances.isPaused { entrances.resume(epoll: epoll.number) }
            owner.timeCame()
        case let token where entrances.has(token): accept(token, owner)
        case _:
            let slot = Int(event.token & 0xFFFF_FFFF)
            guard slot < channels.count, let channel = channels[slot],
                channel.token == event.token
            else { return }
            channel.handle(event.events)
        }
    }

    private func accept(_ token: UInt64, _ owner: any LoopOwner) {
        let mayGoOn = entrances.accept(token, epoll: epoll.number) { owner.clientCame($0) }
        if !mayGoOn { wake(at: now.advanced(milliseconds: Entrances.pauseMilliseconds)) }
    }

    /// One send for each connection that has output.
    private func flush() {
        while !dirty.isEmpty {
            var batch: ContiguousArray<Channel> = []
            swap(&batch, &dirty)
            for channel in batch {
                channel.isDirty = false
                channel.flush()
            }
            batch.removeAll(keepingCapacity: true)
            if dirty.isEmpty { swap(&batch, &dirty) }
        }
    }
}
