import Synchronization
import Vocabulary

/// Which session a CancelRequest means: the keys that clients were given at login.
final class CancelRegistry: Sendable {
    /// Whose a process number is.
    enum Owner: Sendable, Hashable {
        /// A session of this process, and the key is right.
        case session(LoopIndex, SessionID)
        /// Another process may have it.
        case elsewhere(ProcessPlace)
        case nobody
    }

    /// Every client has one: what most of them have, four bytes, is kept in place.
    private struct Entry: Sendable {
        private let long: [UInt8]
        let session: SessionID
        private let short: (UInt8, UInt8, UInt8, UInt8)
        private let worker: UInt16
        private let isShort: Bool

        init(secret: [UInt8], loop: LoopIndex, session: SessionID) {
            isShort = secret.count == 4
            long = isShort ? [] : secret
            short = isShort ? (secret[0], secret[1], secret[2], secret[3]) : (0, 0, 0, 0)
            worker = UInt16(truncatingIfNeeded: loop.index)
            self.session = session
        }

        var loop: LoopIndex { LoopIndex(Int(worker)) }
        var secret: [UInt8] { isShort ? [short.0, short.1, short.2, short.3] : long }
    }

    private let entries = Mutex<[Int32: Entry]>([:])
    private let ownPlace = Mutex(ProcessPlace(host: 0, process: 0))

    /// Of this process among those that serve the same clients; set before the first client comes.
    var place: ProcessPlace {
        get { ownPlace.withLock { $0 } }
        set { ownPlace.withLock { $0 = newValue } }
    }

    /// Gives a session a process number of its own.
    /// - Parameter drawn: random bits. The number is drawn, not counted: it does not tell how many
    ///   clients came before.
    func register(
        secret: [UInt8], loop: LoopIndex, session: SessionID, drawn: UInt32
    ) -> Int32 {
        let place = self.place
        let serial = max(1, Int32(drawn & UInt32(SessionNumber.serials.upperBound)))
        return entries.withLock { entries in
            var number = SessionNumber(place, serial: serial).rawValue
            while entries[number] != nil { number = Self.draw(place) }
            entries[number] = Entry(secret: secret, loop: loop, session: session)
            return number
        }
    }

    private static func draw(_ place: ProcessPlace) -> Int32 {
        SessionNumber(place, serial: .random(in: SessionNumber.serials)).rawValue
    }

    func remove(_ processID: Int32) {
        entries.withLock { $0[processID] = nil }
    }

    /// The session of this number, if the key is right; else where to ask.
    func owner(processID: Int32, secret: [UInt8]) -> Owner {
        guard let place = SessionNumber(rawValue: processID).place else { return .nobody }
        guard place == self.place else { return .elsewhere(place) }
        let entry = entries.withLock { $0[processID] }
        guard let entry, Self.isSame(entry.secret, secret) else { return .nobody }
        return .session(entry.loop, entry.session)
    }

    /// Takes as long for keys that differ in the first byte as in the last, so that a key cannot
    /// be guessed byte by byte. Their length is no secret.
    static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
