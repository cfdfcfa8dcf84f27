import Configuration

/// Where the admin database is, and who may open it, as the configuration says.
struct AdminTarget: Equatable {
    var host: String
    var port: Int
    var user: String
    /// nil: libpq looks for one in PGPASSWORD and ~/.pgpass.
    var password: String?

    /// The admin user with a plain password is preferred, for a verifier does not log in.
    /// nil: the configuration has no admin user.
    init?(_ configuration: ProxyConfiguration) {
        let candidates = configuration.adminUsers.map { name in
            (name: name, password: Self.plainPassword(of: name, in: configuration))
        }
        guard let chosen = candidates.first(where: { $0.password != nil }) ?? candidates.first
        else { return nil }
        host = Self.reachable(configuration.listen.host)
        port = configuration.listen.port
        user = chosen.name
        password = chosen.password
    }

    private static func plainPassword(
        of name: String, in configuration: ProxyConfiguration
    ) -> String? {
        guard let password = configuration.users.first(where: { $0.name == name })?.password,
            password != OperatorConfiguration.absentSecret, PasswordForm(of: password) == .plain
        else { return nil }
        return password
    }

    /// An address to connect to in place of one that stands for every interface.
    private static func reachable(_ host: String) -> String {
        switch host {
        case "*", "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: host
        }
    }
}
