import NetworkIO
import Vocabulary

// What a client's connection is protected by.
extension ClientConnection {
    /// Whether the bytes of this client travel encrypted. False on a Unix-domain socket.
    var isEncrypted: Bool { channel?.isEncrypted ?? false }

    /// The certificate that the client has shown; nil: none, or the connection is not encrypted.
    /// Known from the StartupMessage on.
    var tlsPeer: TLSPeer? { channel?.tlsPeer }
}
