import CLibpq
import Configuration

/// Where and as whom to log in over libpq. Its description never shows the password.
package struct LibpqTarget: Sendable, Equatable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    /// A host name, an address, or a folder with a Unix-domain socket (starts with `/`).
    package var host: String
    package var port: Int
    package var user: String
    package var password: String?
    package var database: String
    /// What `pg_stat_activity` shows.
    package var applicationName: String
    /// nil: as libpq's defaults and the environment say.
    package var tls: ProxyConfiguration.ServerTLS?

    package init(
        host: String, port: Int, user: String, password: String? = nil, database: String,
        applicationName: String
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.applicationName = applicationName
    }

    package var description: String { "\(user)@\(host):\(port)/\(database)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["target": description]) }

    /// Names and values as `PQconnectStartParams` takes them. Set explicitly is what the
    /// environment (`PGOPTIONS` and the like) must not decide.
    var parameters: [(name: String, value: String)] {
        var list = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("options", "-c statement_timeout=0"), ("target_session_attrs", "any"),
            ("gssencmode", "disable"),
        ]
        if let tls { list += Self.parameters(tls) }
        if let password { list.append(("password", password)) }
        return list
    }

    private static func parameters(
        _ tls: ProxyConfiguration.ServerTLS
    ) -> [(name: String, value: String)] {
        let mode = tls.effectiveMode
        var list = [
            ("sslmode", mode.rawValue), ("ssl_min_protocol_version", tls.minimumVersion.rawValue),
        ]
        if mode.verifiesPeer, let path = tls.rootCertificate { list.append(("sslrootcert", path)) }
        if let path = tls.certificate { list.append(("sslcert", path)) }
        if let path = tls.key { list.append(("sslkey", path)) }
        // An older libpq refuses what it does not know; the slower way serves a probe as well.
        if tls.negotiation == .direct && PQlibVersion() >= 170_000 {
            list.append(("sslnegotiation", "direct"))
        }
        return list
    }
}
