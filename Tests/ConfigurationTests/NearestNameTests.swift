import Testing

@testable import Configuration

struct NearestNameTests {
    private static let keys = ["host", "port", "unixSocketDirectory", "maxWaitMillis", "minIdle"]

    @Test(arguments: [
        ("hots", "host"), ("Port", "port"), ("prt", "port"),
        (
            "unix_socket_directory",
            "unixSocketDirectory"
        ), ("max-wait-milis", "maxWaitMillis"), ("min_idle", "minIdle"),
    ])
    func finds(name: String, meant: String) {
        #expect(NearestName.find(name, among: Self.keys) == meant)
    }

    @Test(arguments: ["", "timeout", "x", "zzzz", "-_-", String(repeating: "h", count: 10_000)])
    func findsNothingFarFetched(name: String) {
        #expect(NearestName.find(name, among: Self.keys) == nil)
    }

    @Test func distances() {
        func distance(_ a: String, _ b: String) -> Int {
            NearestName.distance(Array(a.utf8), Array(b.utf8))
        }
        #expect(distance("", "abc") == 3)
        #expect(distance("abc", "abc") == 0)
        #expect(distance("abcd", "acbd") == 1)
        #expect(distance("kitten", "sitting") == 3)
    }
}
