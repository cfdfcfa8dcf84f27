extension ConfigurationLoader {
    /// `sun_path` holds 108 bytes with its NUL (unix(7)).
    static let socketPathBytes = 107

    func listen(_ setting: Setting) -> ProxyConfiguration.Listen? {
        guard let section = setting.section(.listen) else { return nil }
        var result = ProxyConfiguration.Listen()
        section.read("host", into: &result.host, listenHost)
        section.read("port", into: &result.port) { $0.integer(1...65_535, "a port") }
        section.read("unixSocketDirectory", into: &result.unixSocketDirectory) { setting in
            if setting.node.value == .null { return .some(nil) }
            return socketDirectory(setting, port: result.port).map(Optional.some)
        }
        section.read("reusePort", into: &result.reusePort) { $0.boolean() }
        section.read("tls", into: &result.tls, listenTLS)
        return result
    }

    func listenHost(_ setting: Setting) -> String? {
        let expected = "a host name or an address"
        guard let host = setting.name(expected) else { return nil }
        if host == "*" {
            setting.error("\"*\" is not an address", expected: "\"0.0.0.0\" or \"::\" for all")
            return nil
        }
        guard Self.isHostName(host) else {
            setting.error("\(ConfigurationPath.quoted(host)) is no host", expected: expected)
            return nil
        }
        return host
    }

    private func socketDirectory(_ setting: Setting, port: Int) -> String? {
        guard let folder = setting.name("null, or the path of a folder") else { return nil }
        return directory(folder, of: ".s.PGSQL.\(port)", setting)
    }

    /// A folder for sockets of these names.
    func directory(_ folder: String, of name: String, _ setting: Setting) -> String? {
        guard folder.hasPrefix("/") else {
            setting.error("a relative path", expected: "a path that begins with \"/\"")
            return nil
        }
        let socket = "\(folder)/\(name)"
        guard socket.utf8.count <= Self.socketPathBytes else {
            setting.error(
                "the path of the socket would be \(socket.utf8.count) bytes long",
                expected: "at most \(Self.socketPathBytes)")
            return nil
        }
        return folder
    }

    /// Whether the text may be a host name or an address at all; whether it exists is for the
    /// resolver to say.
    static func isHostName(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                byte.isWordByte || byte >= 0x80
                    || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "%")]
                        .contains(byte)
            }
    }
}
