import Vocabulary

/// Numbers for server connections, no number twice within a process: each loop counts in steps of
/// the number of loops, from its own start.
package struct ServerIDSource: Sendable {
    private var following: UInt64
    private let step: UInt64

    package init(loop: LoopIndex = LoopIndex(0), loops: Int = 1) {
        following = UInt64(clamping: loop.index) + 1
        step = UInt64(clamping: max(1, loops))
    }

    package mutating func next() -> ServerID {
        defer { following &+= step }
        return ServerID(following)
    }
}
