import Configuration
import ControlPlane
import NetworkIO
import Routing
import Telemetry
import Vocabulary

/// What other queues may tell a worker. Carried out in the order it was posted.
enum Letter: Sendable {
    /// A client has connected; the worker owns the descriptor from now on.
    case adopt(Arrival)
    /// Accept clients from this descriptor of a listening socket, which is the worker's own.
    case listen(Int32)
    /// Accept those who wait and no more.
    case stopListening
    /// What a login has waited to learn.
    case learnt(SessionID, Admission.Answer)
    /// This is known of a database's catalog now.
    case catalog(CatalogName, CatalogStanding)
    /// A cluster is in this state now.
    case view(ClusterView)
    /// More is proven of a cluster's replicas than before.
    case proved(cluster: String)
    /// The configuration was reloaded.
    case settings(Settings)
    /// Another process of this proxy has connected.
    case adoptSibling(Int32)
    /// A cancel was asked for, with the right key.
    case cancel(SessionID, CancelTicket)
    /// The cancel that this number waits for has been dealt with.
    case cancelAnswered(UInt64)
    /// The host that a cancel is to be passed on to was looked up.
    case passOn(PassedOnCancel, Resolution)
    /// Replicas refuse statements of this fingerprint, as another worker has found.
    case refusal(DatabaseKey, UInt64, StandbyRefusal)
    /// The schema of this database has changed, as another worker has seen.
    case schemaChanged(DatabaseKey)
    /// Another worker waits for a place in this pool.
    case nudge(PoolName)
    /// This connection of the worker's own goes over to another, now.
    case hand(ServerID, Passage)
    /// A connection comes over from another worker.
    case arrive(HandedServer)
    /// A host name was looked up for a connection that waits to be opened.
    case resolved(ServerID, Resolution)
    /// Report; the closure is called on the worker.
    case report(@Sendable (WorkerSnapshot) -> Void)
    /// Explain the route of a statement to the admin session of this errand.
    case explain(AdminErrand, RouteQuestion)
    /// The admin side has gathered what a session asked for.
    case admin(SessionID, UInt64, AdminAnswer)
    /// Take no new work; close sessions as they come to rest.
    case drain
    /// Close everything and end; the closure is called once that is done.
    case stop(@Sendable () -> Void)
}

/// Names one pool over all workers.
struct PoolName: Hashable, Sendable, CustomStringConvertible {
    let cluster: String
    let node: String
    let database: String
    let user: String

    /// As errors and logs name it.
    var description: String { "\(node)/\(database)/\(user)" }
}
