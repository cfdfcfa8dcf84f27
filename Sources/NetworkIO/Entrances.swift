import CSystem
import Glibc
import Vocabulary

/// The listening sockets that one loop accepts from. Several loops may accept from the same: the
/// system tells one of those that wait.
///
/// Invariant: while it is paused, none of them is in the epoll set.
struct Entrances {
    private var descriptors: [Int32] = []
    private(set) var isPaused = false

    /// Connections that are taken in one round of the loop: a flood must not hold up the others.
    private static let mostAtOnce = 64
    /// Out of descriptors, a connection that waits stays readable: nobody looks for so long.
    static let pauseMilliseconds: UInt64 = 20
    /// Of the first; each has one of its own. Channels have the highest bit, and the loop's own
    /// two are below.
    private static let firstToken: UInt64 = 16

    /// Takes over a descriptor of a listening socket.
    mutating func add(_ descriptor: Int32, epoll: Int32) {
        descriptors.append(descriptor)
        if !isPaused { register(descriptors.count - 1, epoll) }
    }

    /// Whether an event is of one of these.
    func has(_ token: UInt64) -> Bool {
        token >= Self.firstToken && token < Self.firstToken + UInt64(descriptors.count)
    }

    /// Accepts what waits at the socket of this event. Returns false when nothing can be accepted
    /// for a while: then `resume` later.
    mutating func accept(_ token: UInt64, epoll: Int32, _ arrived: (Arrival) -> Void) -> Bool {
        guard has(token) else { return true }
        if Self.accept(from: descriptors[Int(token - Self.firstToken)], arrived) { return true }
        guard !isPaused else { return true }
        for descriptor in descriptors { _ = sy_epoll_remove(epoll, descriptor) }
        isPaused = true
        return false
    }

    /// Goes on after a pause.
    mutating func resume(epoll: Int32) {
        isPaused = false
        for index in descriptors.indices { register(index, epoll) }
    }

    /// Accepts what waits, and no more after that. Who is connected already, and not accepted yet,
    /// would be reset without a word.
    mutating func close(epoll: Int32, _ arrived: (Arrival) -> Void) {
        for descriptor in descriptors {
            _ = Self.accept(from: descriptor, most: .max, arrived)
            // The other loops have descriptors of the same socket, which would keep it here.
            _ = sy_epoll_remove(epoll, descriptor)
            sy_close(descriptor)
        }
        descriptors = []
    }

    private func register(_ index: Int, _ epoll: Int32) {
        _ = sy_epoll_add_listening(epoll, descriptors[index], Self.firstToken + UInt64(index))
    }

    /// False: this process can have no more descriptors for now.
    private static func accept(
        from descriptor: Int32, most: Int = mostAtOnce, _ arrived: (Arrival) -> Void
    ) -> Bool {
        var count = 0
        while count < most {
            var peer = sy_peer()
            let number = sy_accept_from(descriptor, &peer)
            if -number == EMFILE || -number == ENFILE { return false }
            // Of a connection that has broken before it was accepted, the next may be told.
            if -number == ECONNABORTED || -number == EINTR { continue }
            guard number >= 0 else { return true }
            count += 1
            let name = PeerName(peer)
            if name.isKnown {
                arrived(Arrival(descriptor: number, peer: name))
            } else {
                sy_close(number)
            }
        }
        return true
    }
}
