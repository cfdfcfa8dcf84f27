import Testing

@testable import Authentication

struct AccessRulesTests {
    private static let ten = AddressPattern.network(bytes: [10, 0, 0, 0], prefixLength: 8)
    private static let rules = AccessRules([
        .init(database: "app", user: "evil", address: .all, method: .reject),
        .init(database: nil, user: nil, address: .local, method: .trust),
        .init(database: "app", user: nil, address: ten, method: .md5),
        .init(
            database: nil, user: "app",
            address: .network(
                bytes: [0xFE, 0x80] + [UInt8](repeating: 0, count: 14), prefixLength: 10),
            method: .scramSHA256),
        .init(
            database: nil, user: nil, address: .network(bytes: [192, 0, 2, 1], prefixLength: 32),
            method: .password),
    ])

    private static let linkLocal = PeerAddress.network(
        [0xFE, 0xBF] + [UInt8](repeating: 7, count: 14))
    private static func mapped(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> PeerAddress {
        .network([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, a, b, c, d])
    }

    @Test(
        arguments: [
            ("app", "evil", PeerAddress.unixSocket, LoginMethod.reject),
            ("app", "evil", .network([10, 1, 2, 3]), .reject),
            ("other", "evil", .unixSocket, .trust),
            ("app", "me", .network([10, 255, 0, 1]), .md5),
            ("app", "me", mapped(10, 0, 0, 1), .md5),
            ("other", "me", .network([10, 255, 0, 1]), nil),
            ("app", "me", .network([11, 0, 0, 1]), nil),
            ("x", "app", linkLocal, .scramSHA256),
            ("x", "me", linkLocal, nil),
            ("x", "app", .network([0xFE, 0xC0] + [UInt8](repeating: 0, count: 14)), nil),
            ("switchyard", "me", .network([192, 0, 2, 1]), .password),
            ("switchyard", "me", .network([192, 0, 2, 2]), nil),
            ("x", "me", .network([192, 0, 2, 1, 0]), nil),
            ("x", "me", .network([]), nil),
        ] as [(String, String, PeerAddress, LoginMethod?)])
    func firstMatch(database: String, user: String, peer: PeerAddress, method: LoginMethod?) {
        #expect(Self.rules.method(database: database, user: user, peer: peer) == method)
    }

    @Test func everyPrefixLength() {
        let address: [UInt8] = [0b1010_1010, 0b0101_0101, 0xFF, 0x00]
        for length in 0...32 {
            let pattern = AddressPattern.network(bytes: address, prefixLength: length)
            for bit in 0..<32 {
                var other = address
                other[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                #expect(pattern.matches(.network(other)) == (bit >= length), "\(bit)/\(length)")
            }
        }
    }

    @Test func noRules() {
        #expect(AccessRules([]).method(database: "d", user: "u", peer: .unixSocket) == nil)
    }

    @Test func allMeansAll() {
        for peer in [PeerAddress.unixSocket, .network([1, 2, 3, 4]), Self.linkLocal] {
            #expect(AddressPattern.all.matches(peer))
        }
        #expect(!AddressPattern.local.matches(.network([127, 0, 0, 1])))
        #expect(!Self.ten.matches(.unixSocket))
    }
}
