import Authentication
import Configuration
import NetworkIO

/// Who is at the other end of a client's socket.
enum PeerName {
    /// Address and port; empty and 0 for the Unix-domain socket. nil: nobody is there any more; who
    /// cannot be named must not pass for a local user.
    static func read(_ descriptor: borrowing FileDescriptor) -> (host: String, port: Int32)? {
        descriptor.peerName()
    }

    /// As access rules see it.
    static func address(_ host: String) -> PeerAddress {
        guard case .network(let bytes, _) = AddressRange(host) else { return .unixSocket }
        return .network(bytes)
    }
}
