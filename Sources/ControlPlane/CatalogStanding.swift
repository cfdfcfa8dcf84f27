import StatementClassifier
import Vocabulary

/// What is known of a database's catalog now, and how that came about.
package struct CatalogStanding: Sendable {
    /// nil: not read yet, or too large to be kept.
    package var facts: CatalogFacts?
    /// It may have changed since.
    package var isDoubtful = false
    /// Of the last look that has found something new, and of the last at all.
    package var loadedAt: MonotonicInstant?
    package var lookedAt: MonotonicInstant?
    /// Why the last look failed; nil: it did not.
    package var failure: String?

    package init() {}

    /// In a word, as `SHOW CATALOG` prints it.
    package var word: String {
        if facts == nil { return failure == nil ? "loading" : "failed" }
        if failure != nil { return "stale" }
        return isDoubtful ? "in doubt" : "loaded"
    }
}
