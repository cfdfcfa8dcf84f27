/// What one LISTEN or UNLISTEN does. Channels are named as PostgreSQL keeps the name: in lower case
/// unless quoted.
package enum ListenStatement: Sendable, Hashable {
    case listen([UInt8])
    case unlisten([UInt8])
    /// UNLISTEN *.
    case unlistenAll

    /// Reads a string; nil if it holds anything but one such statement, or a name that PostgreSQL
    /// would cut or whose bytes depend on the server's encoding. Not for the data path.
    /// - Parameter standardConformingStrings: as of `Classifier.classify`.
    package static func read(
        _ text: RawSpan, standardConformingStrings: Bool = true
    ) -> ListenStatement? {
        StatementReader.readAlone(text, standardConformingStrings) { $0.listenStatement() }
    }
}

extension StatementReader {
    fileprivate func listenStatement() -> ListenStatement? {
        guard stop == start + 2 else { return nil }
        switch keyword(start) {
        case .listen: return channel(start + 1).map { .listen($0) }
        case .unlisten:
            if isAsterisk(start + 1) { return .unlistenAll }
            return channel(start + 1).map { .unlisten($0) }
        default: return nil
        }
    }

    private func channel(_ index: Int) -> [UInt8]? {
        guard isName(index), nameBytes(index).length < 64 else { return nil }
        return identifier(index)
    }

    private func isAsterisk(_ index: Int) -> Bool {
        kind(index) == .ownOperator && tokens[index].length == 1
            && text.byte(Int(tokens[index].offset)) == UInt8(ascii: "*")
    }
}
