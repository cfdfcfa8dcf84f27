/// What every file of the tree keeps to.
enum FormRules {
    static let maximumLines = 400
    static let maximumColumns = 100

    static func length(_ file: SourceFile) -> [Finding] {
        guard file.lines.count > maximumLines else { return [] }
        return [
            Finding(
                path: file.path, line: 0,
                text: "\(file.lines.count) lines, \(maximumLines) at the most")
        ]
    }

    /// Tests may quote longer texts; their code keeps to the bound.
    static func width(_ file: SourceFile) -> [Finding] {
        let lines = file.target == nil ? file.code.map(withoutTrailingBlanks) : file.lines
        return lines.enumerated().compactMap { index, line in
            guard line.count > maximumColumns else { return nil }
            return Finding(
                path: file.path, line: index + 1,
                text: "\(line.count) columns, \(maximumColumns) at the most")
        }
    }

    private static func withoutTrailingBlanks(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The two words, spelt so that this file is not a finding itself.
    private static let marks: Set<Substring> = ["TO\u{44}O", "FIX\u{4D}E"]

    /// Work that is left is described where it is tracked, not where it is missing.
    static func unfinished(_ file: SourceFile) -> [Finding] {
        file.lines.enumerated().compactMap { index, line in
            let words = line.split { !$0.isLetter }
            guard words.contains(where: marks.contains) else { return nil }
            return Finding(path: file.path, line: index + 1, text: "work left undone")
        }
    }

    /// A new state or message type must not be overlooked by a switch.
    static func defaultCases(_ file: SourceFile) -> [Finding] {
        guard file.target == "SessionCore" else { return [] }
        return file.code.enumerated().compactMap { index, line in
            guard line.drop(while: { $0 == " " }).hasPrefix("default:") else { return nil }
            return Finding(
                path: file.path, line: index + 1, text: "default: hides what is added later")
        }
    }

    /// Names that say nothing.
    static func names(_ file: SourceFile) -> [Finding] {
        let empty = ["Manager", "Helper", "Util", "Common", "Impl"]
        let types = Declarations.of(file).filter { $0.isType }.map { ($0.name, $0.line) }
        return (types + [(file.name.replacing(".swift", with: ""), 0)]).compactMap { name, line in
            guard let word = empty.first(where: { name.hasSuffix($0) || name.hasPrefix($0) }),
                !name.hasPrefix("Implicit")
            else { return nil }
            return Finding(path: file.path, line: line, text: "\(name): \(word) says nothing")
        }
    }

    /// Traps that nobody meant. An invariant that cannot hold is said with `fatalError` and why.
    static func traps(_ file: SourceFile) -> [Finding] {
        guard file.target != nil else { return [] }
        return file.code.enumerated().compactMap { index, line in
            guard ["try!", " as! "].contains(where: line.contains) else { return nil }
            return Finding(path: file.path, line: index + 1, text: "a trap")
        }
    }
}
