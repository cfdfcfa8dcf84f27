/// Why the proxy could not log in to a server, apart from an error that the server itself sent.
package enum ServerAuthenticationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The server asks for a method the proxy does not know: its name.
    case unsupportedMethod(String)
    /// The server offers SASL, but no mechanism the proxy knows.
    case unsupportedMechanisms([String])
    /// The server offers to bind the login to TLS that is not there.
    case bindingWithoutTLS
    /// The server asks for this method, and the user has no password here.
    case passwordMissing(method: String)
    /// The server asks for this method, and what is stored of the password cannot serve it.
    case secretUnsuitable(method: String, stored: String)
    /// The keys that are known belong to another verifier than the server's.
    case verifiersDiffer
    /// More iterations than the proxy is willing to compute.
    case tooManyIterations(Int)
    /// The server does not know the user's password itself: somebody else may have taken its place.
    case serverNotGenuine
    /// The server ended the SCRAM exchange with this error.
    case exchangeFailed(String)
    /// Not what the protocol says.
    case malformed(String)
    /// libcrypto refuses MD5 (FIPS mode).
    case md5Unavailable

    package var description: String {
        switch self {
        case .unsupportedMethod(let name):
            "the server asks for \(name) authentication, which is not supported"
        case .unsupportedMechanisms(let names):
            "none of the server's SASL mechanisms is supported: \(names.joined(separator: ", "))"
        case .bindingWithoutTLS:
            "server offered SCRAM-SHA-256-PLUS authentication over a non-SSL connection"
        case .passwordMissing(let method):
            "the server asks for \(method) authentication, and no password is configured"
        case .secretUnsuitable(let method, let stored):
            "the server asks for \(method) authentication, and \(stored) cannot serve it"
        case .verifiersDiffer:
            "the SCRAM verifier that the client has proven is not that of the server"
        case .tooManyIterations(let count):
            "the server asks for \(count) iterations of SCRAM, which is too many"
        case .serverNotGenuine: "the server's SCRAM signature is wrong: it is not who it should be"
        case .exchangeFailed(let reason): "the server ended the SCRAM exchange: \(reason)"
        case .malformed(let what): "malformed authentication message of the server: \(what)"
        case .md5Unavailable: "the server asks for md5 authentication, which libcrypto refuses"
        }
    }
}
