/// A database or a user in a rule, as pg_hba.conf writes it: a name, one of its keywords, or a
/// regular expression behind a slash. In double quotes every text is a name.
package struct NamePattern: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case all
        /// The database that is called as the user is.
        case sameUser
        /// No database, but a physical replication connection.
        case replication
        case name(String)
        case expression(NameExpression)
    }

    /// As written.
    package let text: String
    package let kind: Kind

    /// Every database, or every user.
    package static let all = NamePattern(all: ())

    private init(all: Void) { (text, kind) = ("all", .all) }

    /// - Parameter isDatabase: some keywords are for databases alone.
    package init(_ text: String, isDatabase: Bool) throws(NameExpression.Fault) {
        self.text = text
        if text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            kind = .name(String(text.dropFirst().dropLast()))
        } else if text.hasPrefix("/") {
            kind = .expression(try NameExpression(String(text.dropFirst())))
        } else {
            kind = try Self.keyword(text, isDatabase) ?? .name(text)
        }
    }

    private static func keyword(
        _ text: String, _ isDatabase: Bool
    ) throws(NameExpression.Fault) -> Kind? {
        switch (text, isDatabase) {
        case ("all", _): return .all
        case ("sameuser", true): return .sameUser
        case ("replication", true): return .replication
        case ("samerole", true), ("samegroup", true):
            throw .init(reason: "asks for the members of a role, which only the servers know")
        case (_, false) where text.hasPrefix("+"):
            throw .init(reason: "asks for the members of a role, which only the servers know")
        case _: return nil
        }
    }

    /// Whether this user is meant.
    package func matches(user: String) -> Bool {
        switch kind {
        case .all: true
        case .name(let name): name == user
        case .expression(let expression): expression.match(in: user) != nil
        case .sameUser, .replication: false
        }
    }

    /// Whether this database is meant, when a user opens it (`check_db` in
    /// src/backend/libpq/hba.c).
    package func matches(database: String, user: String, isPhysicalReplication: Bool) -> Bool {
        if isPhysicalReplication { return kind == .replication }
        return switch kind {
        case .all: true
        case .sameUser: database == user
        case .replication: false
        case .name(let name): name == database
        case .expression(let expression): expression.match(in: database) != nil
        }
    }

    /// Whether everything that `other` means is meant by this one, too, as far as one can tell
    /// without names.
    package func covers(_ other: NamePattern) -> Bool {
        switch (kind, other.kind) {
        case (.all, .replication): false
        case (.all, _): true
        case (.expression(let expression), .name(let name)):
            expression.match(in: name) != nil
        case (let own, let others): own == others
        }
    }
}
