import Synchronization
import Vocabulary

/// Which session a CancelRequest means: the keys that clients were given at login.
final class CancelRegistry: Sendable {
    private struct Entry: Sendable {
        let secret: [UInt8]
        let loop: LoopIndex
        let session: SessionID
    }

    private let entries = Mutex<[Int32: Entry]>([:])

    /// Gives a session a process number of its own.
    func register(secret: [UInt8], loop: LoopIndex, session: SessionID) -> Int32 {
        entries.withLock { entries in
            // Drawn, not counted: a number does not tell how many clients came before.
            var number = Int32.random(in: 1...Int32.max)
            while entries[number] != nil { number = Int32.random(in: 1...Int32.max) }
            entries[number] = Entry(secret: secret, loop: loop, session: session)
            return number
        }
    }

    func remove(_ processID: Int32) {
        entries.withLock { $0[processID] = nil }
    }

    /// The session of this number, if the key is right.
    func find(processID: Int32, secret: [UInt8]) -> (LoopIndex, SessionID)? {
        entries.withLock { entries in
            guard let entry = entries[processID], entry.secret.count == secret.count else {
                return nil
            }
            let difference = zip(entry.secret, secret).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            return difference == 0 ? (entry.loop, entry.session) : nil
        }
    }
}
