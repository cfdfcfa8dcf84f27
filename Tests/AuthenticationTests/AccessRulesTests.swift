import Testing
import Vocabulary

@testable import Authentication

/// A database or a user as written in a rule.
func name(_ text: String, isDatabase: Bool = false) -> NamePattern {
    guard let pattern = try? NamePattern(text, isDatabase: isDatabase) else {
        Issue.record("\(text) is no pattern")
        return .all
    }
    return pattern
}

extension AccessRules.Rule {
    init(database: String?, user: String?, address: AddressPattern, method: LoginMethod) {
        self.init(
            databases: [database.map { name($0, isDatabase: true) } ?? .all],
            users: [user.map { name($0) } ?? .all], address: address, method: method)
    }
}

extension AccessRules {
    func method(
        database: String, user: String, peer: PeerAddress, encrypted: Bool = false,
        physical: Bool = false
    ) -> LoginMethod? {
        var facts = ConnectionFacts(peer: peer)
        facts.isEncrypted = encrypted
        facts.isPhysicalReplication = physical
        return first(database: database, user: user, facts: facts)?.method
    }
}

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

/// The words of pg_hba.conf.
struct AccessWordsTests {
    private static let tcp = PeerAddress.network([10, 0, 0, 1])

    private func rules(_ edit: (inout AccessRules.Rule) -> Void) -> AccessRules {
        var rule = AccessRules.Rule(database: nil, user: nil, address: .all, method: .trust)
        edit(&rule)
        return AccessRules([rule])
    }

    @Test(
        arguments: [
            (.any, true, true, true), (.local, true, false, false), (.host, false, true, true),
            (.hostssl, false, false, true), (.hostnossl, false, true, false),
        ] as [(AccessRules.ConnectionType, Bool, Bool, Bool)])
    func types(type: AccessRules.ConnectionType, local: Bool, plain: Bool, encrypted: Bool) {
        let rules = rules { $0.type = type }
        func isIn(_ peer: PeerAddress, _ encrypted: Bool) -> Bool {
            rules.method(database: "d", user: "u", peer: peer, encrypted: encrypted) != nil
        }
        #expect(isIn(.unixSocket, false) == local)
        #expect(isIn(Self.tcp, false) == plain)
        #expect(isIn(Self.tcp, true) == encrypted)
    }

    @Test(
        arguments: [
            ("all", "d", "u", true), ("sameuser", "u", "u", true), ("sameuser", "d", "u", false),
            ("replication", "replication", "u", false), ("\"all\"", "d", "u", false),
            ("\"all\"", "all", "u", true), ("\"replication\"", "replication", "u", true),
            ("/^app_", "app_1", "u", true), ("/^app_", "my_app_1", "u", false),
            ("d", "D", "u", false), ("\"/^app_\"", "/^app_", "u", true),
        ])
    func databases(text: String, database: String, user: String, isIn: Bool) {
        let rules = rules { $0.databases = [name(text, isDatabase: true)] }
        #expect((rules.method(database: database, user: user, peer: Self.tcp) != nil) == isIn)
    }

    /// Only `replication` is for walsenders without a database, not even `all`.
    @Test(arguments: ["all", "sameuser", "d", "/.", "\"replication\"", "replication"])
    func physicalReplication(text: String) {
        let rules = rules { $0.databases = [name(text, isDatabase: true)] }
        let found = rules.method(database: "d", user: "d", peer: Self.tcp, physical: true)
        #expect((found != nil) == (text == "replication"))
    }

    @Test func lists() {
        let rules = rules {
            $0.databases = [name("a", isDatabase: true), name("/^b", isDatabase: true)]
            $0.users = [name("x"), name("/y$")]
        }
        for (database, user, isIn) in [
            ("a", "x", true), ("bb", "yy", true), ("c", "x", false), ("a", "z", false),
        ] {
            #expect((rules.method(database: database, user: user, peer: Self.tcp) != nil) == isIn)
        }
    }

    @Test(arguments: ["samerole", "samegroup"])
    func rolesAreNotKnown(text: String) {
        #expect(throws: NameExpression.Fault.self) { try NamePattern(text, isDatabase: true) }
        #expect(throws: NameExpression.Fault.self) { try NamePattern("+staff", isDatabase: false) }
        // What is a keyword for databases is a user like others, and the other way round.
        #expect(name(text).matches(user: text))
        #expect(
            name("+x", isDatabase: true)
                .matches(database: "+x", user: "u", isPhysicalReplication: false))
    }

    @Test func ownAddressesAndNetworks() {
        var facts = ConnectionFacts(peer: .network([192, 0, 2, 7]))
        facts.interfaces = [
            InterfaceAddress(bytes: [192, 0, 2, 1], prefixLength: 24),
            InterfaceAddress(bytes: [127, 0, 0, 1], prefixLength: 8),
        ]
        let host = rules { $0.address = .sameHost }
        let network = rules { $0.address = .sameNetwork }
        #expect(host.asksForInterfaces && network.asksForInterfaces)
        #expect(host.first(database: "d", user: "u", facts: facts) == nil)
        #expect(network.first(database: "d", user: "u", facts: facts) != nil)
        facts.peer = .network([192, 0, 2, 1])
        #expect(host.first(database: "d", user: "u", facts: facts) != nil)
        facts.peer = .network([192, 0, 3, 1])
        #expect(network.first(database: "d", user: "u", facts: facts) == nil)
        facts.peer = .unixSocket
        #expect(network.first(database: "d", user: "u", facts: facts) == nil)
    }
}
