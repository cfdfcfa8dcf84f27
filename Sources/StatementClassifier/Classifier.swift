import Vocabulary

/// Judges query strings. Owns the verdict cache of one worker; not shared between loops.
package struct Classifier: ~Copyable {
    /// - Parameter seed: random, drawn once per process by the caller, so that fingerprints cannot
    ///   be made to collide from outside.
    package init(seed: UInt64, cachedVerdicts: Int = Limits.cachedVerdicts) {}

    /// The verdict on `text`, a query string in the client's encoding without its closing zero byte.
    /// Never fails: what cannot be judged is `.primary` with a reason.
    /// - Parameter standardConformingStrings: the session's setting; when off, a plain '...' with
    ///   a backslash in it cannot be told from outside, and the verdict is `.primary`.
    package mutating func classify(
        _ text: RawSpan, standardConformingStrings: Bool = true
    ) -> StatementVerdict {
        StatementVerdict(route: .primary, reason: .unknownStatement)
    }
}
