import StatementClassifier

/// What one worker remembers of the texts that its clients send: verdicts, the statements that
/// they have prepared, and what is known of the databases that these speak of.
package struct TextMemory: ~Copyable {
    package var classifier: Classifier
    package var statements = StatementCatalog()
    package var promotions = PromotedTexts()
    package var catalogs = CatalogShelf()
    /// Storage for sessions that have something to do.
    var storage = SpareStorage()

    package init(classifier: consuming Classifier) { self.classifier = classifier }
}
