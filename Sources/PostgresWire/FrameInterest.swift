import Vocabulary

/// Which messages of a direction a machine must see, and how much of each.
package struct FrameInterest: Sendable {
    /// Message types whose frames are handed through unseen, as runs.
    let firstUnseen: UInt8
    let secondUnseen: UInt8
    /// Types whose text is examined: they are kept whole up to `Limits.classifiedTextBytes`.
    let firstText: UInt8
    let secondText: UInt8
    /// Bound of all other bodies that are shown whole. Every connection has one of these.
    private let whole: UInt32

    /// From clients: CopyData passes unseen, Query and Parse are read whole.
    package static let frontend = FrameInterest(
        firstUnseen: FrontendMessageType.copyData.rawValue,
        secondUnseen: FrontendMessageType.copyData.rawValue,
        firstText: FrontendMessageType.query.rawValue,
        secondText: FrontendMessageType.parse.rawValue,
        whole: UInt32(Limits.receiveBytes / 2))

    /// From servers: DataRow and CopyData pass unseen.
    package static let backend = FrameInterest(
        firstUnseen: BackendMessageType.dataRow.rawValue,
        secondUnseen: BackendMessageType.copyData.rawValue,
        firstText: 0, secondText: 0,
        whole: UInt32(Limits.inspectedBodyBytes))

    /// Whether frames of this type pass without being looked at.
    func isUnseen(_ type: UInt8) -> Bool { type == firstUnseen || type == secondUnseen }

    /// The longest body of this type that is shown whole, in bytes.
    func wholeBytes(of type: UInt8) -> Int {
        type == firstText || type == secondText ? Limits.classifiedTextBytes : Int(whole)
    }
}
