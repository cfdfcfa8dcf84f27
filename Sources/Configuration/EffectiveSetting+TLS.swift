extension SettingsList {
    mutating func listenTLS(
        _ tls: ProxyConfiguration.ListenTLS, _ usual: ProxyConfiguration.ListenTLS
    ) {
        let mode = tls.certificate == nil ? usual.mode : .prefer
        add("listen.tls.mode", tls.mode.rawValue, mode.rawValue)
        add("listen.tls.certificate", tls.certificate ?? "none", "none")
        add("listen.tls.key", tls.key ?? "none", "none")
        add("listen.tls.clientCA", tls.clientCA ?? "none", "none")
        add(
            "listen.tls.minimumVersion", tls.minimumVersion.rawValue,
            usual.minimumVersion.rawValue)
        add("listen.tls.ciphers", tls.ciphers ?? "none", "none")
    }

    /// Of one node, inherited or its own.
    mutating func serverTLS(_ tls: ProxyConfiguration.ServerTLS, _ path: String) {
        let usual = ProxyConfiguration.ServerTLS()
        add("\(path).mode", tls.mode.rawValue, usual.mode.rawValue)
        add("\(path).rootCertificate", tls.rootCertificate ?? "none", "none")
        add("\(path).certificate", tls.certificate ?? "none", "none")
        add("\(path).key", tls.key ?? "none", "none")
        add("\(path).minimumVersion", tls.minimumVersion.rawValue, usual.minimumVersion.rawValue)
        add("\(path).sslnegotiation", tls.negotiation.rawValue, usual.negotiation.rawValue)
    }
}
