import CPgQuery
import Foundation

/// Statements that people wrote.
enum SQLSources {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The statements of the routing corpus, their headers taken off.
    static func corpus() throws -> [String] {
        let folder = tests.appending(path: "Fixtures/routing")
        return try sqlFiles(folder.path).filter { !$0.hasSuffix("/schema.sql") }.flatMap { file in
            try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n\n").map {
                $0.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
                    .joined(separator: "\n")
            }
        }
    }

    /// PostgreSQL's own scripts where it is installed: system and information schema views, the
    /// contributed extensions. Whole files, without psql's commands.
    static func installed() throws -> [String] {
        let versions =
            (try? FileManager.default.contentsOfDirectory(atPath: "/usr/share/postgresql"))
        let folders = (versions ?? []).flatMap {
            ["/usr/share/postgresql/\($0)", "/usr/share/postgresql/\($0)/extension"]
        }
        return try folders.flatMap(sqlFiles).map { file in
            try String(contentsOfFile: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false
            ).filter { !$0.hasPrefix("\\") }.joined(separator: "\n")
        }
    }

    /// The statements of a file, cut apart by PostgreSQL's scanner.
    static func statements(of text: String) -> [String] {
        let result = pg_query_split_with_scanner(text)
        defer { pg_query_free_split_result(result) }
        guard result.error == nil, let list = result.stmts else { return [] }
        let bytes = Array(text.utf8)
        return (0..<Int(result.n_stmts)).compactMap { index in
            guard let statement = list[index]?.pointee else { return nil }
            let start = Int(statement.stmt_location)
            let length = Int(statement.stmt_len)
            return String(decoding: bytes[start..<(start + length)], as: UTF8.self)
        }
    }

    private static func sqlFiles(_ folder: String) throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".sql") }.sorted().map { "\(folder)/\($0)" }
    }
}
