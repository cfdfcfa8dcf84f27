import Foundation
import Testing
import WireFixtures

@testable import SessionCore

@Suite("Transcripts")
struct TranscriptTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/transcripts")

    static let files: [String] = {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path())
        return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test("the transcripts are there")
    func found() { #expect(Self.files.count >= 8) }

    @Test("goes as it is written", arguments: files)
    func transcript(_ file: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        var transcript = Transcript(file)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            transcript.take(String(line), number: index + 1)
        }
        transcript.finish()
    }
}
