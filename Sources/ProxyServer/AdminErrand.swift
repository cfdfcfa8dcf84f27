import Vocabulary

/// What an admin session asks of the whole process, and where the answer goes.
struct AdminErrand: Sendable {
    let session: SessionID
    let loop: LoopIndex
    let request: AdminRequest
}
