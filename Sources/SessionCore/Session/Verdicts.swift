import PostgresWire
import Routing

/// What is to be done with a frame of the client.
package enum FrontendVerdict: Sendable {
    /// Part of a batch that has no server yet: keep the frame.
    case keep
    /// Keep what `takeInjection` gives instead of the frame.
    case keepInstead
    /// The same, and find a server for what is there of the batch.
    case routeInstead(RouteNeed)
    /// The batch is whole (keep this frame too): find it a server. The input that follows waits.
    case route(RouteNeed)
    /// Send it to the attached server.
    case forward
    /// Send what `takeInjection` gives, then the frame.
    case forwardAfterInjection
    /// Send what `takeInjection` gives instead of the frame.
    case forwardInstead
    /// Done with here; an answer may have been written.
    case consumed
    /// It must wait for the running turn; show it again after that.
    case stall
    /// Send what `takeInjection` gives; the frame waits for the answer.
    case stallAfterInjection
    /// A LISTEN or UNLISTEN is done with here or waits: carry out the orders of `listening`.
    case listen
    /// The client takes its leave.
    case depart
    /// Answer with this error and close the connection.
    case fail(ErrorReply)
}

/// What is to be done with a frame of the server.
package enum BackendVerdict: Sendable, Hashable {
    case forward
    case swallow
    /// Forward it as a message of another type.
    case forwardAs(BackendMessageType)
    /// Send a message of this type, which has no body, then forward it.
    case forwardAfter(BackendMessageType)
    /// Send what `takeReplacement` gives in its place.
    case replace
    /// Send what `takeReplacement` gives, then forward it.
    case forwardAfterReplacement
    /// Nothing of it is the client's: call `runAgain`, send what `takeInjection` gives, and then
    /// the frames that the server was given first, once more.
    case runAgain
    /// The server would not take the session's settings: send the client what `takeReplacement`
    /// gives, and close both sides. Nothing of the client's was run.
    case refused
    /// The server has failed the batch and is done with it: call `withdraw`, throw away what was
    /// kept of its answer, give the server back, and find another for the batch.
    case withdrawn(ReleaseKind)
    /// It ends the turn: the session is idle. Forward it or not, then release the server.
    case ended(forward: Bool, ReleaseKind)
    /// It has no place in what is owed: close both sides.
    case violation
}

/// In which state a server connection is given back.
package enum ReleaseKind: UInt8, Sendable, Hashable {
    /// Nothing of the client is left on it.
    case clean
    /// Something of the client may be left: put it back to its state after login first.
    case reset
    /// Keep it: the session is not done with it.
    case keep
    /// Call `released` and keep it for the session, which is in the middle of a transaction there:
    /// its next batch may go on with it.
    case parked
}

/// What becomes of a client whose server connection broke.
package enum LossVerdict: Sendable {
    /// Nothing was running: the client need not know.
    case unnoticed
    /// The answer is written; the client goes on.
    case answered
    /// Nothing of the answer has reached the client: call `withdraw`, throw away what was kept, and
    /// find another server for the batch.
    case runElsewhere
    /// The client must be told and closed: a transaction or its state is gone.
    case fail(ErrorReply)
    /// Send these bytes, the server's own last words or none at all, and close.
    case passOn([UInt8])
}
