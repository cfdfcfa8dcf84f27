import StatementClassifier

/// What one worker remembers of the texts that its clients send: verdicts, and the statements that
/// they have prepared.
package struct TextMemory: ~Copyable {
    package var classifier: Classifier
    package var statements = StatementCatalog()

    package init(classifier: consuming Classifier) { self.classifier = classifier }
}
