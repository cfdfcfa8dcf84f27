/// An Authentication message of the backend (type `R`): PostgreSQL documentation, "Message
/// Formats". AuthenticationOk is not among them, since it is the session that sends it.
package enum AuthenticationRequest: Hashable, Sendable {
    case cleartextPassword
    case md5Password(salt: [UInt8])
    /// Offers these SASL mechanisms.
    case sasl(mechanisms: [String])
    case saslContinue([UInt8])
    case saslFinal([UInt8])

    /// The 32-bit code that begins the message's body.
    package var code: Int32 {
        switch self {
        case .cleartextPassword: 3
        case .md5Password: 5
        case .sasl: 10
        case .saslContinue: 11
        case .saslFinal: 12
        }
    }

    /// What follows the code in the message's body.
    package var data: [UInt8] {
        switch self {
        case .cleartextPassword: []
        case .md5Password(let salt): salt
        case .sasl(let mechanisms): mechanisms.flatMap { Array($0.utf8) + [0] } + [0]
        case .saslContinue(let bytes), .saslFinal(let bytes): bytes
        }
    }
}
