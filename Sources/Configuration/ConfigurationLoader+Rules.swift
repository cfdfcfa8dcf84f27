import Vocabulary

/// Rules and identity maps: pg_hba.conf and pg_ident.conf.
extension ConfigurationLoader {
    private typealias Rule = ProxyConfiguration.AuthenticationRule

    func rules(
        _ root: SectionReader, maps: [String]
    ) -> [ProxyConfiguration.AuthenticationRule] {
        guard let setting = root["authentication"] else { return [.everywhereByScram] }
        return setting.elements("rules")?.compactMap { rule($0, maps: maps) } ?? []
    }

    private func rule(_ setting: Setting, maps: [String]) -> Rule? {
        guard let section = setting.section(.rule) else { return nil }
        var type: ProxyConfiguration.ConnectionType?
        section.read("type", into: &type) {
            $0.choice(ProxyConfiguration.ConnectionType.self, "type").map(Optional.some)
        }
        let databases = section.required("database", "a database, or \"all\"")
            .flatMap { names($0, "a database, or \"all\"", isDatabase: true) }
        let users = section.required("user", "a user, or \"all\"")
            .flatMap { names($0, "a user, or \"all\"", isDatabase: false) }
        let address = address(section, type)
        let method = section.required("method", "an authentication method")?
            .choice(ProxyConfiguration.AuthenticationMethod.self, "method")
        guard let databases, let users, let address, let method else { return nil }
        var result = Rule(databases: databases, users: users, address: address, method: method)
        result.type = type
        checkMethod(result, section)
        result.clientCertificate = section["clientCertificate"].flatMap { certificate($0, result) }
        result.map = section["map"].flatMap { map($0, method, maps) }
        return result
    }

    // MARK: - Whom a rule is for

    /// One name or several.
    private func names(
        _ setting: Setting, _ what: String, isDatabase: Bool
    ) -> [NamePattern]? {
        guard case .array = setting.node.value else {
            return pattern(setting, what, isDatabase: isDatabase).map { [$0] }
        }
        let elements = setting.elements("names") ?? []
        if elements.isEmpty { setting.error("there is no name", expected: what) }
        let patterns = elements.compactMap { pattern($0, what, isDatabase: isDatabase) }
        return !elements.isEmpty && patterns.count == elements.count ? patterns : nil
    }

    func pattern(_ setting: Setting, _ what: String, isDatabase: Bool) -> NamePattern? {
        guard let text = setting.name(what) else { return nil }
        do throws(NameExpression.Fault) {
            return try NamePattern(text, isDatabase: isDatabase)
        } catch {
            setting.error("\(ConfigurationPath.quoted(text)) \(error.reason)")
            return nil
        }
    }

    private func address(
        _ section: SectionReader, _ type: ProxyConfiguration.ConnectionType?
    ) -> String? {
        guard type == .local else {
            guard
                let setting = section.required("address", "an address, \"all\" or \"local\""),
                let text = address(setting)
            else { return nil }
            if let type, text == "local" {
                setting.error("\"local\" is the Unix-domain socket, not \(type.rawValue)")
                return nil
            }
            return text
        }
        guard let setting = section["address"], setting.name("no address") != "local" else {
            return "local"
        }
        setting.error("a rule of type local has no address")
        return nil
    }

    private func address(_ setting: Setting) -> String? {
        let expected =
            "\"all\", \"local\", \"samehost\", \"samenet\", an address (\"10.0.0.7\", \"::1\") or a"
            + " network (\"10.0.0.0/8\")"
        guard let text = setting.name(expected) else { return nil }
        guard AddressRange(text) != nil else {
            setting.error("\(ConfigurationPath.quoted(text)) is no address", expected: expected)
            return nil
        }
        if AddressRange.hasBitsBehindPrefix(text) {
            setting.warning("bits of the address behind the prefix length count for nothing")
        }
        return text
    }

    // MARK: - What a rule asks for

    private func checkMethod(_ rule: Rule, _ section: SectionReader) {
        guard let setting = section["method"] else { return }
        switch rule.method {
        case .cert where rule.type != .hostssl:
            setting.error("method cert needs type hostssl")
        case .peer where rule.type != .local && rule.address != "local":
            setting.error("method peer needs type local")
        case .trust, .password, .md5, .reject, .scramSHA256, .cert, .peer: break
        }
    }

    private func certificate(
        _ setting: Setting, _ rule: Rule
    ) -> ProxyConfiguration.ClientCertificate? {
        guard let demand = setting.choice(ProxyConfiguration.ClientCertificate.self, "demand")
        else { return nil }
        if rule.type != .hostssl {
            setting.error("clientCertificate needs type hostssl")
        } else if rule.method == .cert, demand != .verifyFull {
            setting.error("method cert goes with verify-full alone")
        } else {
            return demand
        }
        return nil
    }

    private func map(
        _ setting: Setting, _ method: ProxyConfiguration.AuthenticationMethod, _ maps: [String]
    ) -> String? {
        guard let name = setting.name("the name of an identity map") else { return nil }
        guard method == .cert || method == .peer else {
            setting.error("map goes with the methods cert and peer alone")
            return nil
        }
        if maps.contains(name) { return name }
        setting.unknown("identity map", name, known: maps)
        return nil
    }

    // MARK: - Identity maps

    func identityMaps(_ setting: Setting) -> [ProxyConfiguration.IdentityMap]? {
        setting.entries("identity maps")?.map { name, setting in
            .init(name: name, entries: setting.elements("entries")?.compactMap(identity) ?? [])
        }
    }

    private func identity(_ setting: Setting) -> ProxyConfiguration.IdentityMap.Entry? {
        guard let section = setting.section(.identity) else { return nil }
        let system = section.required("systemUser", "who somebody is outside")
            .flatMap { pattern($0, "a name", isDatabase: false) }
        let user = section.required("databaseUser", "whom that one may log in as")
            .flatMap { pattern($0, "a user, or \"all\"", isDatabase: false) }
        guard let system, let user else { return nil }
        checkCapture(system, user, section)
        return .init(systemUser: system, databaseUser: user)
    }

    /// `\1` needs a group to stand for, and cannot stand in an expression.
    private func checkCapture(
        _ system: NamePattern, _ user: NamePattern, _ section: SectionReader
    ) {
        guard case .name(let name) = user.kind, name.contains("\\1") else { return }
        if case .expression(let expression) = system.kind, expression.hasCapture { return }
        section["databaseUser"]?.error(
            "\\1 stands for nothing", expected: "a group in an expression as systemUser")
    }
}
