import PostgresWire
import StatementClassifier
import Vocabulary

// What the session's statements are judged by besides their text, and what they change of it.
extension Session {
    /// The session is of this place on the worker's shelf.
    package mutating func judges(by place: Int32) { catalog = CatalogMark(place: place) }

    /// Takes up the newest facts, and the session's own path.
    @inline(__always)
    mutating func knowCatalog(_ texts: inout TextMemory) {
        if texts.catalogs.isCurrent(catalog, settings: settings.version) { return }
        texts.catalogs.renew(
            &catalog, settings.carried.pathChoice, settings: settings.version)
    }

    /// A statement is run that may change the catalog.
    mutating func noteCatalog(_ verdict: StatementVerdict) {
        if verdict.route == .replica { return }
        if verdict.effects.contains(.changesCatalog) || verdict.effects.contains(.unexamined) {
            touchesCatalog = true
        }
    }

    /// Whether the catalog may have been changed, by a transaction that is over. Asked once.
    package mutating func takeCatalogChange() -> Bool {
        // Also of one whose end nobody has seen.
        guard touchesCatalog, transaction == .idle || attachment == nil else { return false }
        touchesCatalog = false
        return true
    }

    /// A statement that was prepared earlier is judged again if what is known is not what it was.
    mutating func refreshVerdict(of index: Int, _ texts: inout TextMemory) {
        knowCatalog(&texts)
        guard statements.named[index].key != texts.catalogs.key(catalog) else { return }
        let body = texts.statements.body(of: statements.named[index].statement)
        let fresh = judge(parsed: body, from: 0, &texts)
        statements.rejudged(at: index, fresh, key: texts.catalogs.key(catalog))
    }

    /// The same for the unnamed statement.
    mutating func refreshUnnamedVerdict(_ texts: inout TextMemory) {
        knowCatalog(&texts)
        guard let key = statements.unnamed?.key, key != texts.catalogs.key(catalog) else { return }
        // Behind the header comes the empty name.
        let message = statements.unnamed?.message ?? []
        let fresh = judge(parsed: message, from: FrameScanner.headerBytes + 1, &texts)
        statements.unnamedRejudged(fresh, key: texts.catalogs.key(catalog))
    }

    /// Judges the text in what a Parse message says from `start` on.
    private mutating func judge(
        parsed message: [UInt8], from start: Int, _ texts: inout TextMemory
    ) -> StatementVerdict {
        message.withUnsafeBytes { bytes in
            let body = bytes.bytes.extracting(min(start, message.count)..<message.count)
            var reader = BodyReader(body)
            guard let text = reader.string() else {
                return StatementVerdict(route: .primary, reason: .malformed)
            }
            return judge(body, text, true, &texts)
        }
    }
}
