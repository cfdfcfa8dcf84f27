/// One rule that was asked where a statement is to run, and what it said: a line of
/// `proxyctl explain`. Each layer that decides contributes its own, in the order of deciding.
package struct ExplainedStep: Sendable, Hashable {
    /// Which rule, in a word or two: `text`, `catalog`, `consistency`, `node pg2`.
    package var rule: String
    /// What it has found, with the words of the statement or the names that it is about.
    package var finding: String
    /// What follows from that.
    package var effect: String
    /// What would make it say something else; nil: nothing that is worth saying.
    package var change: String?

    package init(
        _ rule: String, _ finding: String, effect: String, change: String? = nil
    ) {
        self.rule = rule
        self.finding = finding
        self.effect = effect
        self.change = change
    }

    /// The effects that most rules have.
    package static let primary = "the primary"
    package static let anywhere = "a replica may run it"
    package static let nothing = "nothing"
}
