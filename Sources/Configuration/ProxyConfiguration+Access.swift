import Vocabulary

// Who may enter.
extension ProxyConfiguration {
    package enum AuthenticationMethod: String, Sendable, Equatable, CaseIterable {
        case trust, password, md5, reject
        case scramSHA256 = "scram-sha-256"
        case cert, peer

        /// Whether it does without a password.
        var needsNoPassword: Bool {
            switch self {
            case .trust, .cert, .peer: true
            case .password, .md5, .reject, .scramSHA256: false
            }
        }
    }

    /// The first word of a line in pg_hba.conf.
    package enum ConnectionType: String, Sendable, Equatable, CaseIterable {
        case local, host, hostssl, hostnossl
    }

    /// What a rule demands of the client's certificate: `clientcert` of pg_hba.conf.
    package enum ClientCertificate: String, Sendable, Equatable, CaseIterable {
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// One rule; the first that matches a connection decides, as in pg_hba.conf.
    package struct AuthenticationRule: Sendable, Equatable {
        /// nil: every connection that `address` matches.
        package var type: ConnectionType?
        package var databases: [NamePattern]
        package var users: [NamePattern]
        /// As in the file: `all`, `local`, `samehost`, `samenet`, an address, or a network.
        package var address: String
        package var method: AuthenticationMethod
        /// nil: none is demanded, unless `method` does.
        package var clientCertificate: ClientCertificate?
        /// The name of an identity map; nil: everybody logs in under their own name.
        package var map: String?

        package init(
            databases: [NamePattern], users: [NamePattern], address: String,
            method: AuthenticationMethod
        ) {
            self.databases = databases
            self.users = users
            self.address = address
            self.method = method
        }
    }

    /// How users who are not in the file, or have no password there, are looked up on a cluster.
    package struct AuthQuery: Sendable, Hashable {
        /// Who the lookup logs in as.
        package var user: String
        package var password: String?
        package var database = "postgres"
        /// Takes the name as `$1`; returns no row, or one of a name and a secret.
        package var query = AuthQuery.usual
        /// How long an answer counts; 0: each login asks.
        package var cacheSeconds = 10
        /// The same of the answer that there is no such user.
        package var negativeCacheSeconds = 2
        /// An answer that has not come by then has failed.
        package var timeoutMillis = 5_000

        package init(user: String) { self.user = user }

        /// A password that has expired is none.
        package static let usual =
            "SELECT usename, CASE WHEN valuntil < pg_catalog.now() THEN NULL ELSE passwd END"
            + " FROM pg_catalog.pg_shadow WHERE usename = $1"
    }

    /// How users of a database are looked up; nil: they are not.
    package func authQuery(of database: Database) -> AuthQuery? {
        database.authQuery ?? cluster(named: database.cluster)?.authQuery
    }

    /// Who may log in as whom, where a certificate or the operating system says who somebody is.
    package struct IdentityMap: Sendable, Equatable {
        package struct Entry: Sendable, Equatable {
            package var systemUser: NamePattern
            package var databaseUser: NamePattern
        }

        package var name: String
        package var entries: [Entry]
    }
}

extension ProxyConfiguration.AuthenticationRule {
    /// What is in force where the file has no `authentication`: everybody with a password may
    /// enter by SCRAM from anywhere, and nobody else. Safe by itself, and what those mean who leave
    /// the key out.
    package static let everywhereByScram = Self(
        databases: [.all], users: [.all], address: "all", method: .scramSHA256)

    /// Whether every connection that `other` matches is matched by this one, too.
    func covers(_ other: Self) -> Bool {
        guard let clients, let others = other.clients else { return false }
        return scope.covers(other.scope) && clients.covers(others)
            && other.databases.allSatisfy { inner in databases.contains { $0.covers(inner) } }
            && other.users.allSatisfy { inner in users.contains { $0.covers(inner) } }
    }

    /// The kinds of connections that it can match at all.
    private var scope: ConnectionScope {
        switch (type, clients) {
        case (.local, _), (nil, .local): [.local]
        case (.hostssl, _): [.encrypted]
        case (.hostnossl, _): [.plain]
        case (.host, _), (nil, .network), (nil, .sameHost), (nil, .sameNetwork):
            [.encrypted, .plain]
        case (nil, .all), (nil, nil): [.local, .encrypted, .plain]
        }
    }

    /// In one line, as `SHOW CONFIG` prints it.
    package var summary: String {
        func list(_ names: [NamePattern]) -> String { names.map(\.text).joined(separator: ",") }
        let type = self.type.map { "\($0.rawValue) " } ?? ""
        let place = self.type == .local ? "" : ", address \(address)"
        let certificate = clientCertificate.map { " clientCertificate \($0.rawValue)" } ?? ""
        let map = self.map.map { " map \($0)" } ?? ""
        return "\(type)database \(list(databases)), user \(list(users))\(place):"
            + " \(method.rawValue)\(certificate)\(map)"
    }
}

/// The kinds of connections there are.
private struct ConnectionScope: OptionSet {
    let rawValue: UInt8

    static let local = ConnectionScope(rawValue: 1)
    static let encrypted = ConnectionScope(rawValue: 2)
    static let plain = ConnectionScope(rawValue: 4)

    func covers(_ other: ConnectionScope) -> Bool { isSuperset(of: other) }
}
