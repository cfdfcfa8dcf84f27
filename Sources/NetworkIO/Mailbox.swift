import CSystem
import Synchronization

/// How other queues reach a loop: letters are left under a lock and the loop is woken once.
package final class Mailbox<Letter: Sendable>: Sendable {
    private let letters = Mutex<[Letter]>([])
    private let wake: FileDescriptor

    package init() { wake = FileDescriptor(owning: sy_eventfd()) }

    /// What the loop waits on.
    var descriptor: Int32 { wake.number }

    /// Leaves a letter; never blocks for longer than another post.
    package func post(_ letter: Letter) {
        let wasEmpty = letters.withLock { waiting in
            waiting.append(letter)
            return waiting.count == 1
        }
        if wasEmpty { sy_eventfd_signal(wake.number) }
    }

    /// All letters in the order they were left.
    package func collect() -> [Letter] {
        sy_eventfd_clear(wake.number)
        return letters.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
