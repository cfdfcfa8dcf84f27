/// Bounds of clients and of their logins.
extension ConfigurationLoader {
    func limits(_ root: SectionReader, into result: inout ProxyConfiguration) {
        root.read("maxClients", into: &result.maxClients) {
            $0.integer(1...1_000_000, "a number of clients")
        }
        root.read("maxClientsPerUser", into: &result.maxClientsPerUser, bound)
        root.read("maxClientsPerDatabase", into: &result.maxClientsPerDatabase, bound)
        root.read("maxClientsPerAddress", into: &result.maxClientsPerAddress, bound)
        root.read("maxLogins", into: &result.maxLogins) {
            $0.integer(1...1_000_000, "a number of connections")
        }
        root.read("loginTimeoutSeconds", into: &result.loginTimeoutSeconds) {
            $0.integer(1...3_600, "seconds")
        }
        root.read("failedLoginDelayMillis", into: &result.failedLoginDelayMillis) {
            $0.integer(0...60_000, "milliseconds (0: none)")
        }
        root.read("shutdownTimeoutSeconds", into: &result.shutdownTimeoutSeconds) {
            $0.integer(0...86_400, "seconds")
        }
        root.read("coreDumps", into: &result.coreDumps) { $0.boolean() }
    }

    func healing(_ setting: Setting) -> ProxyConfiguration.Healing? {
        guard let section = setting.section(.healing) else { return nil }
        var result = ProxyConfiguration.Healing()
        section.read("rememberSeconds", into: &result.rememberSeconds) {
            $0.integer(0...86_400, "seconds (0: nothing is remembered)")
        }
        section.read("holdBytes", into: &result.holdBytes) {
            $0.integer(0...1_048_576, "bytes (0: nothing is held back)")
        }
        section.read("holdMillis", into: &result.holdMillis) {
            $0.integer(0...60_000, "milliseconds (0: nothing is held back)")
        }
        return result
    }

    func bound(_ setting: Setting) -> Int? {
        setting.integer(0...1_000_000, "a number of clients (0: no bound)")
    }
}
