/// A declaration as it can be told from its line.
struct Declaration: Equatable {
    let name: String
    let line: Int
    let isType: Bool
    /// Stands for itself, not within another.
    let isOutermost: Bool
    /// Says `package` or `public`.
    let isExported: Bool
    /// Says `private` or `fileprivate`.
    let isPrivate: Bool
    /// Whether a `///` comment is right before it, attributes between them left out.
    let isDocumented: Bool
}

/// Finds types and functions, each on its own line.
enum Declarations {
    private static let typeWords: Set<Substring> = ["struct", "class", "enum", "protocol", "actor"]
    private static let modifiers: Set<Substring> = [
        "package", "public", "private", "fileprivate", "internal", "final", "static", "mutating",
        "nonmutating", "consuming", "borrowing", "indirect", "override", "nonisolated", "class",
    ]

    static func of(_ file: SourceFile) -> [Declaration] {
        file.code.indices.compactMap { declaration(at: $0, in: file) }
    }

    private static func declaration(at index: Int, in file: SourceFile) -> Declaration? {
        let line = file.code[index]
        var words = line.split(whereSeparator: { " (:{".contains($0) })[...]
        var access: Set<Substring> = []
        while let word = words.first, words.count > 1 {
            let isAttribute = word.hasPrefix("@")
            let isModifier = modifiers.contains(word) && !isClassDeclaration(words)
            guard isAttribute || isModifier else { break }
            access.insert(words.removeFirst())
        }
        guard let kind = words.popFirst(), let name = words.first,
            kind == "func" || typeWords.contains(kind)
        else { return nil }
        return Declaration(
            name: String(Self.bare(name)), line: index + 1, isType: kind != "func",
            isOutermost: line.first != " ",
            isExported: !access.isDisjoint(with: ["package", "public"]),
            isPrivate: !access.isDisjoint(with: ["private", "fileprivate"]),
            isDocumented: isDocumented(index, file))
    }

    /// Without type parameters; an operator is its own name.
    private static func bare(_ name: Substring) -> Substring {
        name.first?.isLetter == true ? name.prefix { $0 != "<" } : name
    }

    /// `class` before `func` is a modifier, before a name a declaration.
    private static func isClassDeclaration(_ words: ArraySlice<Substring>) -> Bool {
        words.first == "class" && words.dropFirst().first.map { !modifiers.contains($0) } == true
            && words.dropFirst().first != "func"
    }

    private static func isDocumented(_ index: Int, _ file: SourceFile) -> Bool {
        var place = index - 1
        while place >= 0, file.lines[place].drop(while: { $0 == " " }).hasPrefix("@") { place -= 1 }
        return place >= 0 && file.lines[place].drop(while: { $0 == " " }).hasPrefix("///")
    }
}

/// What non-private declarations owe their reader.
enum DocumentationRules {
    /// Known from the protocol that asks for them, wherever they are.
    private static let witnesses: Set<String> = [
        "hash", "run", "makeIterator", "next", "choose", "observed", "log", "rows",
    ]

    /// Outermost types; one within another may be plain from its name and place.
    static func types(_ file: SourceFile) -> [Finding] {
        guard file.target != nil else { return [] }
        return Declarations.of(file)
            .filter { $0.isType && $0.isOutermost && !$0.isPrivate && !$0.isDocumented }
            .map { Finding(path: file.path, line: $0.line, text: "\($0.name) has no ///") }
    }

    /// Functions that other targets may call; operators mean what they always mean.
    static func functions(_ file: SourceFile) -> [Finding] {
        guard file.target != nil else { return [] }
        return Declarations.of(file).filter {
            !$0.isType && $0.isExported && !$0.isDocumented && !witnesses.contains($0.name)
                && $0.name.first?.isLetter == true
        }
        .map { Finding(path: file.path, line: $0.line, text: "\($0.name) has no ///") }
    }
}
