import Vocabulary

/// Which users of the system, or of certificates, may log in as which users of the database:
/// pg_ident.conf (`check_ident_usermap` in src/backend/libpq/hba.c).
package struct IdentityMap: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        /// Who somebody is outside; `all` is a name like others here, as in pg_ident.conf.
        package let systemUser: NamePattern
        /// Whom that one may log in as; `\1` stands for what the group of `systemUser` has matched.
        package let databaseUser: NamePattern

        package init(systemUser: NamePattern, databaseUser: NamePattern) {
            self.systemUser = systemUser
            self.databaseUser = databaseUser
        }

        func admits(_ systemUser: String, as user: String) -> Bool {
            switch self.systemUser.kind {
            case .expression(let expression):
                guard let match = expression.match(in: systemUser) else { return false }
                return admits(user, capture: match.capture)
            case .name(let name): return name == systemUser && admits(user, capture: nil)
            case .all, .sameUser, .replication:
                return self.systemUser.text == systemUser && admits(user, capture: nil)
            }
        }

        private func admits(_ user: String, capture: String?) -> Bool {
            guard case .name(let name) = databaseUser.kind, let capture,
                let mark = name.firstRange(of: "\\1")
            else { return databaseUser.matches(user: user) }
            return name.replacingCharacters(in: mark, with: capture) == user
        }
    }

    package let name: String
    package let entries: [Entry]

    package init(name: String, entries: [Entry]) {
        self.name = name
        self.entries = entries
    }

    /// Whether somebody may log in as `user`.
    package func admits(_ systemUser: String, as user: String) -> Bool {
        entries.contains { $0.admits(systemUser, as: user) }
    }
}

extension String {
    /// With other text in place of a stretch of it.
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
