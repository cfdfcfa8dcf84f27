import Configuration
import NetworkIO
import Vocabulary

/// What a configuration says of TLS, with its files loaded: made once per load, shared by all
/// workers.
package struct TLSContexts: Sendable {
    /// Towards clients; nil: they get no TLS.
    let clients: TLSContext?
    private let clientOptions: TLSContext.ServerOptions?
    /// Towards servers, by what is said of them.
    private let servers: [ProxyConfiguration.ServerTLS: TLSContext]

    /// What an operator may want to know although all files can be used.
    package var warnings: [String] {
        let contexts = (clients.map { [$0] } ?? []) + servers.values
        let exposed = contexts.compactMap(\.exposedKey)
        return Set(exposed).sorted().map { "the private key \"\($0)\" can be read by everybody" }
    }

    /// Loads all files anew. A context of which nothing has changed is kept: its clients can go on
    /// resuming their sessions.
    /// - Throws: which file cannot be used, and why.
    package init(
        _ configuration: ProxyConfiguration, previous: TLSContexts? = nil
    ) throws(TLSFailure) {
        clientOptions = TLSContext.ServerOptions(configuration.listen.tls)
        clients = try Self.load("listen.tls", clientOptions, previous)
        var servers: [ProxyConfiguration.ServerTLS: TLSContext] = [:]
        for cluster in configuration.clusters {
            for node in cluster.nodes where servers[node.tls] == nil && node.speaksTLS {
                let place = "clusters.\(cluster.name).nodes[\(node.name)].tls"
                servers[node.tls] = try Self.load(place, node.tls, previous)
            }
        }
        self.servers = servers
    }

    /// Towards a server; nil: without TLS.
    func server(_ node: ProxyConfiguration.Node) -> TLSContext? {
        node.speaksTLS ? servers[node.tls] : nil
    }

    private static func load(
        _ place: String, _ options: TLSContext.ServerOptions?, _ previous: TLSContexts?
    ) throws(TLSFailure) -> TLSContext? {
        guard let options else { return nil }
        do throws(TLSFailure) {
            let fresh = try TLSContext(server: options)
            guard let known = previous?.clients, previous?.clientOptions == options,
                known.filesDigest == fresh.filesDigest
            else { return fresh }
            return known
        } catch {
            throw TLSFailure("\(place): \(error.text)")
        }
    }

    private static func load(
        _ place: String, _ tls: ProxyConfiguration.ServerTLS, _ previous: TLSContexts?
    ) throws(TLSFailure) -> TLSContext {
        do throws(TLSFailure) {
            let fresh = try TLSContext(client: TLSContext.ClientOptions(tls))
            guard let known = previous?.servers[tls], known.filesDigest == fresh.filesDigest
            else { return fresh }
            return known
        } catch {
            throw TLSFailure("\(place): \(error.text)")
        }
    }
}

extension ProxyConfiguration.Node {
    /// Over a Unix-domain socket, where PostgreSQL speaks no TLS.
    var isLocal: Bool { host.hasPrefix("/") }

    fileprivate var speaksTLS: Bool { tls.mode != .disable && !isLocal }
}

extension TLSContext.ServerOptions {
    fileprivate init?(_ tls: ProxyConfiguration.ListenTLS) {
        guard tls.mode != .disable, let certificate = tls.certificate, let key = tls.key else {
            return nil
        }
        self.init(certificate: certificate, key: key)
        clientCA = tls.clientCA
        minimumVersion = tls.minimumVersion
        ciphers = tls.ciphers
    }
}

extension TLSContext.ClientOptions {
    fileprivate init(_ tls: ProxyConfiguration.ServerTLS) {
        self.init()
        switch tls.effectiveMode {
        case .disable, .allow, .prefer, .require: verification = .none
        case .verifyCA: verification = .authority
        case .verifyFull: verification = .authorityAndHost
        }
        rootCertificate = tls.rootCertificate
        certificate = tls.certificate
        key = tls.key
        minimumVersion = tls.minimumVersion
    }
}
