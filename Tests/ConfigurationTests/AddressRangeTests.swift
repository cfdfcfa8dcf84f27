import Testing

@testable import Configuration

struct AddressRangeTests {
    @Test(arguments: [
        ("127.0.0.1", [127, 0, 0, 1], 32),
        ("10.0.0.0/8", [10, 0, 0, 0], 8),
        ("10.9.8.7/8", [10, 0, 0, 0], 8),
        ("10.9.8.7/13", [10, 8, 0, 0], 13),
        ("0.0.0.0/0", [0, 0, 0, 0], 0),
        ("::", [UInt8](repeating: 0, count: 16), 128),
        ("::1", [UInt8](repeating: 0, count: 15) + [1], 128),
        ("fe80::/10", [0xFE, 0x80] + [UInt8](repeating: 0, count: 14), 10),
        ("2001:DB8::a:0:1/64", [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 12), 64),
        ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8], 128),
        ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0], 128),
        ("64:ff9b::192.0.2.1", [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1], 128),
        ("::ffff:10.0.0.0/104", [10, 0, 0, 0], 8),
        ("::ffff:10.0.0.7", [10, 0, 0, 7], 32),
    ])
    func networks(text: String, bytes: [UInt8], prefixLength: Int) {
        #expect(AddressRange(text) == .network(bytes: bytes, prefixLength: prefixLength))
    }

    @Test(arguments: [
        "", "localhost", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/", "10.0.0.1/33",
        "10.0.0.1/-1", "10.0.0.1/8/8", "10.0.0.1/08", "1.2.3.4.5", "+1.2.3.4", ":", ":::",
        "1:2", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "::1/129", "fe80::1%eth0",
        "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "sameNet", "١.2.3.4", "ALL",
    ])
    func notAddresses(text: String) { #expect(AddressRange(text) == nil) }

    @Test func words() {
        #expect(AddressRange("all") == .all)
        #expect(AddressRange("local") == .local)
    }

    @Test func covering() throws {
        let cases: [(String, String, Bool)] = [
            ("all", "local", true), ("all", "10.0.0.0/8", true), ("local", "all", false),
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.0.0.0/8", false),
            ("10.1.0.0/16", "10.0.0.0/8", false), ("0.0.0.0/0", "::1", false),
            ("::/0", "10.0.0.1", false), ("10.0.0.0/8", "all", false), ("local", "local", true),
        ]
        for (outer, inner, expected) in cases {
            let outer = try #require(AddressRange(outer))
            let inner = try #require(AddressRange(inner))
            #expect(outer.covers(inner) == expected, "\(outer) \(inner)")
        }
    }

    @Test func bitsBehindThePrefix() {
        #expect(AddressRange.hasBitsBehindPrefix("10.0.0.7/8"))
        #expect(!AddressRange.hasBitsBehindPrefix("10.0.0.0/8"))
        #expect(!AddressRange.hasBitsBehindPrefix("10.0.0.7"))
        #expect(!AddressRange.hasBitsBehindPrefix("all"))
    }
}
