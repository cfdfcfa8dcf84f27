import Testing
import Vocabulary

@testable import ControlPlane

struct ProofQuestionTests {
    private func rows(_ values: String?...) -> LibpqRows {
        LibpqRows(columns: values.map { _ in "c" }, rows: [values])
    }

    @Test func theWaitIsWrittenAsPostgreSQL19ReadsIt() {
        #expect(
            ProofQuestion.wait(for: LogSequenceNumber(0x1_0300_0148), milliseconds: 100)
                == "WAIT FOR LSN '1/3000148' WITH (MODE 'standby_replay', TIMEOUT '100ms', NO_THROW)"
        )
    }

    @Test func aPrimarySaysWhereItIs() throws {
        let place = try ProofQuestion.primaryPlace(
            of: rows("0/3000148", "0000000B", "8192", "16777216"))
        #expect(place.place == TimelinePosition(text: "11/0/3000148"))
    }

    @Test func aHeaderOfAnEmptyPageHoldsNothing() throws {
        func position(_ text: String, segment: String = "16777216") throws -> String {
            try ProofQuestion.primaryPlace(of: rows(text, "00000001", "8192", segment))
                .place.position.description
        }
        #expect(try position("0/3000028") == "0/3000000")
        #expect(try position("0/3002018") == "0/3002000")
        // A record may end there: 16 bytes of it after the short header.
        #expect(try position("0/3002028") == "0/3002028")
        #expect(try position("0/3100028") == "0/3100028")
        #expect(try position("0/3100028", segment: "1048576") == "0/3100000")
        #expect(try position("0/3000018") == "0/3000018")
        #expect(try position("0/3000030") == "0/3000030")
    }

    @Test func aReplicaSaysWhatItHasReplayed() throws {
        let place = try ProofQuestion.replicaPlace(of: rows("t", "0/5000000", "3"))
        #expect(place == TimelinePosition(text: "3/0/5000000"))
    }

    @Test func whatIsNoAnswerIsAnError() {
        #expect(throws: LibpqError.self) {
            try ProofQuestion.replicaPlace(of: rows("f", "0/5000000", "3"))
        }
        #expect(throws: LibpqError.self) {
            try ProofQuestion.replicaPlace(of: rows("t", nil, "3"))
        }
        #expect(throws: LibpqError.self) { try ProofQuestion.replicaPlace(of: rows("t")) }
        #expect(throws: LibpqError.self) {
            try ProofQuestion.primaryPlace(of: rows("0/1", "x", "8192", "16777216"))
        }
        #expect(throws: LibpqError.self) {
            try ProofQuestion.primaryPlace(of: LibpqRows(columns: [], rows: []))
        }
    }

    @Test func historyFilesAreNamedInHexadecimal() {
        #expect(
            ProofQuestion.history(of: Timeline(26))
                == "SELECT pg_read_file('pg_wal/0000001A.history')")
    }

    @Test func aTimelineKnowsWhereItsAncestorsEnd() throws {
        let history = TimelineHistory(
            of: Timeline(3),
            file: "1\t0/3000148\tno recovery target specified\n\n2\t0/5000000\tbefore\n")
        func position(_ token: String) throws -> String? {
            history.position(of: try #require(TimelinePosition(text: token)))?.description
        }
        #expect(try position("3/9/0") == "9/0")
        #expect(try position("2/0/5000000") == "0/5000000")
        #expect(try position("1/0/3000148") == "0/3000148")
        #expect(try position("1/0/3000149") == nil)
        #expect(try position("4/0/1") == nil)
        #expect(
            TimelineHistory(of: Timeline(2)).position(of: try #require(.init(text: "1/0/1"))) == nil
        )
    }
}
