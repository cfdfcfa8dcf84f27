/// The type byte of a message from a server (PostgreSQL documentation, "Message Formats").
package enum BackendMessageType: UInt8, Sendable, CaseIterable {
    case parseComplete = 0x31  // 1
    case bindComplete = 0x32  // 2
    case closeComplete = 0x33  // 3
    case notificationResponse = 0x41  // A
    case commandComplete = 0x43  // C
    case dataRow = 0x44  // D
    case errorResponse = 0x45  // E
    case copyInResponse = 0x47  // G
    case copyOutResponse = 0x48  // H
    case emptyQueryResponse = 0x49  // I
    case backendKeyData = 0x4B  // K
    case noticeResponse = 0x4E  // N
    case authentication = 0x52  // R
    case parameterStatus = 0x53  // S
    case rowDescription = 0x54  // T
    case functionCallResponse = 0x56  // V
    case copyBothResponse = 0x57  // W
    case readyForQuery = 0x5A  // Z
    case copyDone = 0x63  // c
    case copyData = 0x64  // d
    case noData = 0x6E  // n
    case portalSuspended = 0x73  // s
    case parameterDescription = 0x74  // t
    case negotiateProtocolVersion = 0x76  // v
}
