/// The certificate that a peer has shown over TLS. Whether it counts for anything is for the reader
/// to say: see `isVerified`.
package struct TLSPeer: Sendable, Hashable {
    /// The last common name (CN) of the subject; empty if there is none.
    package let commonName: String
    /// The whole subject as RFC 2253 writes it, last part first: `CN=app,OU=shop,O=Example`. As
    /// PostgreSQL's `clientname=DN` compares it.
    package let distinguishedName: String
    /// A chain of trust leads from it to one of the configured authorities. Nothing else that it
    /// says may be believed without this.
    package let isVerified: Bool

    package init(commonName: String, distinguishedName: String, isVerified: Bool) {
        self.commonName = commonName
        self.distinguishedName = distinguishedName
        self.isVerified = isVerified
    }
}
