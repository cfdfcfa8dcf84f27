/// Shadow mode of one database, by one worker or by all together.
package struct ShadowSnapshot: Sendable, Hashable {
    package var sampleRate: Double
    /// How long it has been on.
    package var sinceMilliseconds: UInt64
    package var statements: [UInt64: ShadowStatement]
    /// Statements that were forgotten to make room.
    package var forgotten: UInt64

    package init(
        sampleRate: Double, sinceMilliseconds: UInt64, statements: [UInt64: ShadowStatement],
        forgotten: UInt64
    ) {
        self.sampleRate = sampleRate
        self.sinceMilliseconds = sinceMilliseconds
        self.statements = statements
        self.forgotten = forgotten
    }

    /// Adds what another worker has learned of the same database.
    package mutating func add(_ other: Self) {
        sinceMilliseconds = max(sinceMilliseconds, other.sinceMilliseconds)
        forgotten += other.forgotten
        statements.merge(other.statements) { own, others in
            var sum = own
            sum.add(others)
            return sum
        }
    }
}
