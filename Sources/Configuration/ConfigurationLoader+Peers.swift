import Vocabulary

extension ConfigurationLoader {
    func peers(_ setting: Setting) -> ProxyConfiguration.Peers? {
        guard let section = setting.section(.peers) else { return nil }
        var result = ProxyConfiguration.Peers()
        section.read("id", into: &result.id, peerID)
        section.read("directory", into: &result.directory) { setting in
            if setting.node.value == .null { return .some(nil) }
            guard let folder = setting.name("null, or the path of a folder") else { return nil }
            let longest = ".s.SWITCHYARD.\(SessionNumber.places.upperBound)"
            return directory(folder, of: longest, setting).map(Optional.some)
        }
        section.read("hosts", into: &result.hosts, peerHosts)
        if let hosts = section["hosts"], !result.hosts.isEmpty, section["id"] == nil {
            hosts.error("this host has no number among them", expected: "\"id\" beside \"hosts\"")
        }
        return result
    }

    private func peerID(_ setting: Setting) -> Int? {
        setting.integer(SessionNumber.places, "the number of a host")
    }

    private func peerHosts(_ setting: Setting) -> [ProxyConfiguration.Peer]? {
        guard let elements = setting.elements("hosts") else { return nil }
        var seen: Set<Int> = []
        return elements.compactMap { element in
            guard let peer = peer(element) else { return nil }
            if !seen.insert(peer.id).inserted {
                element.error("\(peer.id) is the number of another host as well")
            }
            return peer
        }
    }

    private func peer(_ setting: Setting) -> ProxyConfiguration.Peer? {
        guard let section = setting.section(.peer) else { return nil }
        var result = ProxyConfiguration.Peer(id: -1, host: "")
        if let id = section.required("id", "the number of the host").flatMap(peerID) {
            result.id = id
        }
        if let host = section.required("host", "a host name or an address").flatMap(listenHost) {
            result.host = host
        }
        section.read("port", into: &result.port) { $0.integer(1...65_535, "a port") }
        return result.id >= 0 && !result.host.isEmpty ? result : nil
    }

    /// Processes that share a port and do not know each other lose cancels.
    func warnOfLostCancels(_ root: SectionReader, _ configuration: ProxyConfiguration) {
        guard configuration.listen.reusePort, configuration.peers.directory == nil else { return }
        root["listen"]?.warning(
            "with \"reusePort\", a cancel may come to another process than its session;"
                + " \"peers\".\"directory\" lets them pass it on")
    }
}
