import Foundation

/// A Swift file of the tree, or a text that a test makes up.
struct SourceFile {
    /// From the top of the tree, such as `Sources/Routing/Router.swift`.
    let path: String
    /// As they are, from line 1.
    let lines: [String]
    /// The same lines with comments and the contents of strings blanked out.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.lines(of: text)
        code = Self.lines(of: CodeOnly.blanked(text))
    }

    /// The target it belongs to: the folder below `Sources`; nil: it is a test or a manifest.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The modules that it imports, with the numbers of the lines.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == ")" })
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({ $0.hasPrefix("@") || $0.hasSuffix("package") })
            else { return nil }
            let kinds: Set<Substring> = ["struct", "class", "enum", "func", "var", "protocol"]
            let module = words[(place + 1)...].drop { kinds.contains($0) }.first ?? ""
            return (String(module.prefix { $0 != "." }), index + 1)
        }
    }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

/// Something that breaks a rule of the house.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    /// 0: the file as a whole.
    let line: Int
    let text: String

    var description: String { line == 0 ? "\(path): \(text)" : "\(path):\(line): \(text)" }
}

/// The tree that this test was compiled from.
enum Tree {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file below one folder.
    static func swiftFiles(in folder: String) -> [SourceFile] {
        let top = root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
        return (paths ?? []).filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? String(contentsOf: top.appending(path: path), encoding: .utf8)
            else { return nil }
            return SourceFile(path: "\(folder)/\(path)", text: text)
        }
    }

    static let sources = swiftFiles(in: "Sources")
    static let tests = swiftFiles(in: "Tests")

    static func text(of path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
