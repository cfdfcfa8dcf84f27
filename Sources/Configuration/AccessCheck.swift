import Vocabulary

/// Looks for users and rules that are well-formed but cannot do what they are there for.
struct AccessCheck {
    let root: SectionReader
    let configuration: ProxyConfiguration

    func run() {
        checkRules()
        checkUsers()
        for (index, name) in configuration.adminUsers.enumerated() { checkAdmin(name, index) }
        if let rules = root["authentication"], rules.node.value == .array([]) {
            rules.warning("there is no rule: no client can log in")
        }
    }

    private typealias Rule = ProxyConfiguration.AuthenticationRule

    // MARK: - Rules

    private func checkRules() {
        guard let elements = root["authentication"]?.elements("rules"),
            elements.count == configuration.authentication.count
        else { return }
        for (index, rule) in configuration.authentication.enumerated() {
            let earlier = configuration.authentication[..<index]
            if let cover = earlier.firstIndex(where: { $0.covers(rule) }) {
                elements[index].warning(
                    "this rule is never reached: authentication[\(cover)] matches all it matches")
            }
            checkNames(rule, elements[index])
            checkTLS(rule, elements[index])
        }
    }

    /// What needs TLS, and somebody to trust for certificates.
    private func checkTLS(_ rule: Rule, _ element: Setting) {
        let section = SectionReader(section: .rule, setting: element)
        let tls = configuration.listen.tls
        if rule.type == .hostssl, tls.mode == .disable {
            section["type"]?.warning(
                "no connection is encrypted, since listen.tls.mode is disable: this rule never"
                    + " matches")
        } else if rule.method == .cert || rule.clientCertificate != nil, tls.clientCA == nil {
            (section["clientCertificate"] ?? section["method"])?.error(
                "client certificates can only be checked where an authority is named",
                expected: "listen.tls.clientCA")
        }
    }

    private func checkNames(_ rule: Rule, _ element: Setting) {
        let section = SectionReader(section: .rule, setting: element)
        let databases = configuration.databases.map(\.name) + [ConfigurationLoader.adminDatabase]
        if !databases.contains("*") {
            check(rule.databases, among: databases, "database", section)
        }
        // Any name may be that of a user who is looked up.
        guard !looksUp else { return }
        let users = configuration.users.map(\.name) + configuration.adminUsers
        check(rule.users, among: users, "user", section)
    }

    /// Whether there is a database whose users are looked up.
    private var looksUp: Bool {
        configuration.databases.contains { configuration.authQuery(of: $0) != nil }
    }

    private func check(
        _ patterns: [NamePattern], among known: [String], _ what: String, _ section: SectionReader
    ) {
        for pattern in patterns {
            guard case .name(let name) = pattern.kind, !known.contains(name) else { continue }
            section[what]?.warning(Self.absent(what, name, known))
        }
    }

    private static func absent(_ what: String, _ name: String, _ known: [String]) -> String {
        let meant = NearestName.find(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        return "there is no \(what) \(ConfigurationPath.quoted(name))\(meant)"
    }

    // MARK: - Users

    private func checkUsers() {
        let settings = root["users"]?.entries("users") ?? []
        for (user, entry) in zip(configuration.users, settings) {
            let rules = configuration.authentication.filter { Self.concerns($0, user.name) }
            checkUser(user, entry.setting, rules)
        }
    }

    private func checkUser(
        _ user: ProxyConfiguration.User, _ setting: Setting, _ rules: [Rule]
    ) {
        guard let password = user.password else {
            // One that was given but wrong has been reported already.
            let isGiven = setting.node["password"] != nil
            if !isGiven, !looksUp, !rules.contains(where: { $0.method.needsNoPassword }) {
                setting.warning(
                    "without a password, and with no rule that trusts this user, it cannot log in")
            }
            return
        }
        let isAskedForScram = rules.contains { $0.method == .scramSHA256 }
        if PasswordForm(of: password) == .md5, isAskedForScram {
            setting.warning(
                "an md5 hash cannot answer scram-sha-256: where that is asked for, this user"
                    + " cannot log in")
        }
    }

    private func checkAdmin(_ name: String, _ index: Int) {
        if configuration.users.contains(where: { $0.name == name }) { return }
        let isTrusted = configuration.authentication.contains { rule in
            rule.method.needsNoPassword && Self.concerns(rule, name)
                && rule.databases.contains {
                    $0.matches(
                        database: ConfigurationLoader.adminDatabase, user: name,
                        isPhysicalReplication: false)
                }
        }
        guard !isTrusted, let list = root["admin"]?.node["users"] else { return }
        root.setting.report.warning(
            list.position, ConfigurationPath().key("admin").key("users").index(index),
            "\(ConfigurationPath.quoted(name)) is not in users and no rule trusts it: it cannot log"
                + " in")
    }

    private static func concerns(_ rule: Rule, _ user: String) -> Bool {
        rule.users.contains { $0.matches(user: user) }
    }
}
