import Vocabulary

/// TLS, towards clients and towards servers. Whether the files can be used is found out when they
/// are loaded, after this.
extension ConfigurationLoader {
    func listenTLS(_ setting: Setting) -> ProxyConfiguration.ListenTLS? {
        guard let section = setting.section(.listenTLS) else { return nil }
        var result = ProxyConfiguration.ListenTLS()
        section.read("certificate", into: &result.certificate, optionalPath)
        section.read("key", into: &result.key, optionalPath)
        section.read("clientCA", into: &result.clientCA, optionalPath)
        section.read("minimumVersion", into: &result.minimumVersion) {
            $0.choice(TLSVersion.self, "version")
        }
        section.read("ciphers", into: &result.ciphers) { $0.name("OpenSSL's list of ciphers") }
        // Whoever names a certificate wants it to be used.
        if result.certificate != nil { result.mode = .prefer }
        section.read("mode", into: &result.mode) { $0.choice(SSLMode.self, "mode") }
        checkPair(section, setting)
        if result.mode != .disable && section["certificate"] == nil {
            setting.error(
                "mode \(result.mode.rawValue) needs a certificate",
                expected: "\"certificate\" and \"key\"")
        }
        if result.mode.verifiesPeer && section["clientCA"] == nil {
            setting.error(
                "mode \(result.mode.rawValue) needs the authorities of clients' certificates",
                expected: "\"clientCA\"")
        }
        return result
    }

    /// - Parameter inherited: what is in force where this says nothing.
    func serverTLS(
        _ setting: Setting, inheriting inherited: ProxyConfiguration.ServerTLS
    ) -> ProxyConfiguration.ServerTLS? {
        guard let section = setting.section(.serverTLS) else { return nil }
        var result = inherited
        section.read("mode", into: &result.mode) { $0.choice(SSLMode.self, "mode") }
        section.read("rootCertificate", into: &result.rootCertificate, optionalPath)
        section.read("certificate", into: &result.certificate, optionalPath)
        section.read("key", into: &result.key, optionalPath)
        section.read("minimumVersion", into: &result.minimumVersion) {
            $0.choice(TLSVersion.self, "version")
        }
        section.read("sslnegotiation", into: &result.negotiation) {
            $0.choice(SSLNegotiation.self, "sslnegotiation")
        }
        checkPair(section, setting)
        check(result, section, setting)
        return result
    }

    private func check(
        _ tls: ProxyConfiguration.ServerTLS, _ section: SectionReader, _ setting: Setting
    ) {
        let mode = tls.mode.rawValue
        if tls.mode.verifiesPeer && tls.rootCertificate == nil && section["rootCertificate"] == nil
        {
            setting.error(
                "mode \(mode) needs the authorities of servers' certificates",
                expected: "\"rootCertificate\"")
        }
        if !tls.mode.requiresTLS {
            section["rootCertificate"]?.warning(
                "under mode \(mode) a server's certificate is not checked")
        }
        // libpq's words.
        if tls.negotiation == .direct && !tls.mode.requiresTLS {
            (section["sslnegotiation"] ?? section["mode"] ?? setting).error(
                "weak sslmode \"\(mode)\" may not be used with sslnegotiation=direct",
                expected: "one of require, verify-ca, verify-full")
        }
    }

    private func checkPair(_ section: SectionReader, _ setting: Setting) {
        switch (section["certificate"], section["key"]) {
        case (.some, nil):
            setting.error("a certificate without its private key", expected: "\"key\"")
        case (nil, .some):
            setting.error("a private key without its certificate", expected: "\"certificate\"")
        case (nil, nil), (.some, .some): break
        }
    }

    private func optionalPath(_ setting: Setting) -> String?? {
        setting.name("the path of a PEM file").map(Optional.some)
    }
}
