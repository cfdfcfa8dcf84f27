// What one worker reports of itself to the admin side. Only values: they travel between loops.

/// Counters of the work done on one node of one cluster by one worker, since its start.
package struct NodeCounters: Sendable, Hashable {
    package var reads: UInt64 = 0
    package var writes: UInt64 = 0
    package var errors: UInt64 = 0
    /// Reads that the node has failed and that were run elsewhere.
    package var heals: UInt64 = 0
    package init() {}
}

/// One pool of one worker.
package struct PoolSnapshot: Sendable, Hashable {
    package var cluster: String
    package var node: String
    package var database: String
    package var user: String
    package var mode: String
    package var size: Int
    package var inUse: Int
    package var idle: Int
    package var opening: Int
    package var waiting: Int
    /// Of the client that has waited longest.
    package var maxWaitMilliseconds: UInt64
    package init(
        cluster: String, node: String, database: String, user: String, mode: String, size: Int,
        inUse: Int, idle: Int, opening: Int, waiting: Int, maxWaitMilliseconds: UInt64
    ) {
        self.cluster = cluster
        self.node = node
        self.database = database
        self.user = user
        self.mode = mode
        self.size = size
        self.inUse = inUse
        self.idle = idle
        self.opening = opening
        self.waiting = waiting
        self.maxWaitMilliseconds = maxWaitMilliseconds
    }
}

/// One client of one worker.
package struct ClientSnapshot: Sendable, Hashable {
    package var id: UInt64
    package var user: String
    package var database: String
    package var applicationName: String
    /// Address and port, or `unix`.
    package var address: String
    /// Version and cipher of TLS; empty: not encrypted.
    package var tls = ""
    /// login, idle, waiting, active, transaction.
    package var state: String
    /// Node of the server connection it holds; empty: none.
    package var node: String
    /// Process id of the server connection it holds; 0: none.
    package var serverProcessID: Int32
    /// Why it is pinned, comma-separated; empty: not pinned.
    package var pins: String
    package var pinnedForMilliseconds: UInt64
    /// Channels that it listens on over a connection shared with other clients.
    package var listens: Int
    package var connectedForMilliseconds: UInt64
    package var transactions: UInt64
    /// That serves it, counted from 0.
    package var worker = 0
    package init(
        id: UInt64, user: String, database: String, applicationName: String, address: String,
        state: String, node: String, serverProcessID: Int32, pins: String,
        pinnedForMilliseconds: UInt64, listens: Int = 0, connectedForMilliseconds: UInt64,
        transactions: UInt64
    ) {
        self.id = id
        self.user = user
        self.database = database
        self.applicationName = applicationName
        self.address = address
        self.state = state
        self.node = node
        self.serverProcessID = serverProcessID
        self.pins = pins
        self.pinnedForMilliseconds = pinnedForMilliseconds
        self.listens = listens
        self.connectedForMilliseconds = connectedForMilliseconds
        self.transactions = transactions
    }
}

/// One server connection of one worker.
package struct ServerSnapshot: Sendable, Hashable {
    package var id: UInt64
    package var cluster: String
    package var node: String
    package var database: String
    package var user: String
    /// login, idle, active, pinned, held, listening, resetting.
    package var state: String
    package var processID: Int32
    /// Version and cipher of TLS; empty: not encrypted.
    package var tls = ""
    /// The client it is lent to; 0: none.
    package var client: UInt64
    package var connectedForMilliseconds: UInt64
    package var turns: UInt64
    package init(
        id: UInt64, cluster: String, node: String, database: String, user: String, state: String,
        processID: Int32, client: UInt64, connectedForMilliseconds: UInt64, turns: UInt64
    ) {
        self.id = id
        self.cluster = cluster
        self.node = node
        self.database = database
        self.user = user
        self.state = state
        self.processID = processID
        self.client = client
        self.connectedForMilliseconds = connectedForMilliseconds
        self.turns = turns
    }
}

/// Totals of one database by one worker, since its start.
package struct DatabaseCounters: Sendable, Hashable {
    package var transactions: UInt64 = 0
    package var statements: UInt64 = 0
    package var reads: UInt64 = 0
    package var writes: UInt64 = 0
    package var fallbacks: UInt64 = 0
    package var errors: UInt64 = 0
    /// Reads that a replica has failed and that were run elsewhere.
    package var heals: UInt64 = 0
    package var bytesFromClients: UInt64 = 0
    package var bytesToClients: UInt64 = 0
    package var waitMilliseconds: UInt64 = 0
    /// Reads that went to the primary because no replica was proven to hold what they must see.
    package var unproven: UInt64 = 0
    /// Reads that have waited for such a proof, and for how long.
    package var proofWaits: UInt64 = 0
    package var proofWaitMilliseconds: UInt64 = 0
    /// Reads that have been sent behind those of other clients, on one connection.
    package var sharedTurns: UInt64 = 0
    /// The most that one connection was sent before it had answered the first.
    package var sharedDepth: UInt64 = 0
    /// Reads that were run once more, alone, because of others on their connection.
    package var reruns: UInt64 = 0
    /// Unnamed Parses that no server saw, since the text was prepared there.
    package var promotions: UInt64 = 0
    /// Texts that were found to be slower so.
    package var demotions: UInt64 = 0
    package init() {}
}
