/// Where an operator or an application wants a statement to run: by a comment, by
/// `switchyard.route`, or in the configuration.
package enum RouteChoice: String, Sendable, Hashable, CaseIterable {
    /// Where its text and the cluster say.
    case auto
    /// On the primary, though a replica could run it.
    case primary
    /// On a replica, though it is not proven a plain read. What surely is none still goes to the
    /// primary.
    case replica

    /// The choice that is spelled so, letter case aside; nil: there is none.
    package init?(spelled text: some Collection<UInt8>) {
        let word = String(decoding: text, as: UTF8.self).lowercased()
        self.init(rawValue: word)
    }
}
