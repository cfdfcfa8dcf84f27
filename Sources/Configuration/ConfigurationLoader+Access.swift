/// Users and secrets.
extension ConfigurationLoader {
    func users(_ setting: Setting) -> [ProxyConfiguration.User]? {
        setting.entries("users")?.map { name, setting in
            let section = setting.section(.user)
            var user = ProxyConfiguration.User(
                name: name, password: section?["password"].flatMap(userPassword))
            section?.read("maxClients", into: &user.maxClients) { bound($0).map(Optional.some) }
            section?.read("route", into: &user.route) { route($0).map(Optional.some) }
            return user
        }
    }

    private func userPassword(_ setting: Setting) -> String? {
        guard let password = password(setting) else { return nil }
        switch PasswordForm(of: password) {
        case .md5, .scram: break
        case .plain:
            if password.hasPrefix("md5"), password.utf8.count == 35 {
                setting.warning(
                    "this begins with md5 but is not md5 and 32 hexadecimal digits: it is taken as"
                        + " the password itself")
            }
        case .malformedScram(let fault):
            setting.error(
                "this begins like a SCRAM verifier, but \(fault)",
                expected: "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>")
            return nil
        }
        return password
    }

    /// A secret: the string itself, or where to find it.
    func password(_ setting: Setting) -> String? {
        let expected = "a string, {\"env\": \"NAME\"} or {\"file\": \"path\"}"
        switch setting.node.value {
        case .string(let text): return checked(text, setting)
        case .object:
            guard let section = setting.section(.secret) else { return nil }
            switch (section["env"], section["file"]) {
            case (let env?, nil):
                return env.name("the name of an environment variable")
                    .flatMap { fetch(.environment($0), env) }
            case (nil, let file?):
                return file.name("the path of a file").flatMap { fetch(.file($0), file) }
            case (nil, nil): setting.error("this names no source", expected: expected)
            case (_?, _?): setting.error("this names two sources", expected: "one of env, file")
            }
        case .null, .boolean, .number, .array:
            setting.error("this is \(setting.node.kind)", expected: expected)
        }
        return nil
    }

    private func fetch(_ source: SecretSource, _ setting: Setting) -> String? {
        do throws(SecretUnavailable) {
            let secret = try resolve(source)
            switch source {
            case .environment: return checked(secret, setting)
            case .file: return checked(Self.withoutLineBreak(secret), setting)
            }
        } catch {
            switch source {
            case .environment(let name):
                setting.error("environment variable \(name): \(error.reason)")
            case .file(let path): setting.error("file \(path): \(error.reason)")
            }
            return nil
        }
    }

    private func checked(_ secret: String, _ setting: Setting) -> String? {
        if secret.isEmpty {
            setting.error(
                "an empty password, which PostgreSQL never accepts",
                expected: "a password, or no \"password\" at all")
        } else if secret.utf8.contains(0) {
            setting.error("a password with a NUL, which PostgreSQL cannot carry")
        } else {
            return secret
        }
        return nil
    }

    private static func withoutLineBreak(_ text: String) -> String {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func authQuery(_ setting: Setting) -> ProxyConfiguration.AuthQuery? {
        guard let section = setting.section(.authQuery) else { return nil }
        let user = section.required("user", "the role that may read secrets")?
            .name("the name of a user")
        var result = ProxyConfiguration.AuthQuery(user: user ?? "")
        result.password = section["password"].flatMap { setting in
            let password = password(setting)
            if let password, PasswordForm(of: password) != .plain {
                setting.warning(
                    "this looks like a hash; to log in, the password itself is needed")
            }
            return password
        }
        section.read("database", into: &result.database) { $0.name("the name of a database") }
        section.read("query", into: &result.query, lookup)
        section.read("cacheSeconds", into: &result.cacheSeconds) {
            $0.integer(0...86_400, "seconds (0: each login asks)")
        }
        section.read("negativeCacheSeconds", into: &result.negativeCacheSeconds) {
            $0.integer(0...86_400, "seconds (0: each login asks)")
        }
        section.read("timeoutMillis", into: &result.timeoutMillis) {
            $0.integer(10...600_000, "milliseconds")
        }
        return user == nil ? nil : result
    }

    private func lookup(_ setting: Setting) -> String? {
        guard let text = setting.name("a query") else { return nil }
        if text.contains("$1") { return text }
        setting.error("the query does not use the user's name", expected: "$1 in its place")
        return nil
    }

    func adminUsers(_ setting: Setting) -> [String]? {
        guard let section = setting.section(.admin), let users = section["users"],
            let elements = users.elements("user names")
        else { return nil }
        var names: [String] = []
        for element in elements {
            guard let name = element.name("the name of a user") else { continue }
            if names.contains(name) {
                element.warning("this name is given twice")
            } else {
                names.append(name)
            }
        }
        return names
    }
}
