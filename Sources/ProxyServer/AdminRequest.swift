import Telemetry
import Vocabulary

/// What an admin session asks of the whole process.
struct AdminRequest: Sendable {
    let session: SessionID
    let loop: LoopIndex
    let token: Int
    let command: AdminCommand
}

/// The answer to it.
struct AdminAnswer: Sendable {
    let token: Int
    let result: Result<AdminTable, AdminFailure>
}
