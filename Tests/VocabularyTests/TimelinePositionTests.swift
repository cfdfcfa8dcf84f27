import Testing
import Vocabulary

struct TimelinePositionTests {
    @Test func aTokenIsReadAndWritten() throws {
        let place = try #require(TimelinePosition(text: "12/AB/3000148"))
        #expect(place.timeline == Timeline(12))
        #expect(place.position.description == "AB/3000148")
        #expect(place.description == "12/AB/3000148")
        #expect(TimelinePosition(token: Array("4294967295/FFFFFFFF/FFFFFFFF".utf8)) != nil)
    }

    @Test(arguments: [
        "", "0/3000148", "0/0/3000148", "1/0/", "1//0", "/0/1", "1/0/1/2", "1/0/G", "a/0/1",
        "+1/0/1", "1/+0/1", "-1/0/1", "4294967296/0/1", "1/100000000/0", " 1/0/1",
        "1/0/1000000000000000000000000000000",
    ])
    func anythingElseIsNone(text: String) {
        #expect(TimelinePosition(token: Array(text.utf8)) == nil)
    }

    @Test func instantsBeforeOthers() {
        let instant = MonotonicInstant(nanoseconds: 5_000_000)
        #expect(instant.preceding(milliseconds: 2) == MonotonicInstant(nanoseconds: 3_000_000))
        #expect(instant.preceding(milliseconds: 6) == MonotonicInstant(nanoseconds: 0))
        #expect(instant.preceding(milliseconds: .max) == MonotonicInstant(nanoseconds: 0))
    }
}
