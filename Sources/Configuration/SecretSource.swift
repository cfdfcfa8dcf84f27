/// Where a secret is kept if not in the configuration file itself.
package enum SecretSource: Hashable, Sendable {
    /// The name of an environment variable.
    case environment(String)
    /// A path as written in the configuration; whoever reads it says what it is relative to. One
    /// line break at the end of the file is not part of the secret.
    case file(String)
}

/// Why a secret could not be had, in words for the operator: `is not set`, `No such file ...`.
package struct SecretUnavailable: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
