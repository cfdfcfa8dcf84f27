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

    func bound(_ setting: Setting) -> Int? {
        setting.integer(0...1_000_000, "a number of clients (0: no bound)")
    }
}
