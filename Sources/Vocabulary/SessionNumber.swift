/// The process number that a client is given for its cancels, in BackendKeyData. It tells which
/// process of which host has the session, so that every other one knows where a cancel belongs.
///
/// Invariant: positive, as PostgreSQL's are.
package struct SessionNumber: Hashable, Sendable {
    /// As it is sent.
    package let rawValue: Int32

    /// Bits, from the highest after the sign: host, process, serial.
    private static let processBits: Int32 = 5
    private static let serialBits: Int32 = 21

    /// Numbers that hosts, and processes of one host, may have.
    package static let places = 0...31
    /// Numbers that sessions of one process may have.
    package static let serials: ClosedRange<Int32> = 1...0x1F_FFFF

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - place: the process that has the session.
    ///   - serial: in `serials`; of it only the lowest 21 bits count.
    package init(_ place: ProcessPlace, serial: Int32) {
        rawValue =
            Int32(place.host) << (Self.serialBits + Self.processBits)
            | Int32(place.process) << Self.serialBits | serial & Self.serials.upperBound
    }

    /// Where the session lives; nil for a number that was never given out.
    package var place: ProcessPlace? {
        guard rawValue > 0 else { return nil }
        let mask = Int32(Self.places.upperBound)
        return ProcessPlace(
            host: UInt8(rawValue >> (Self.serialBits + Self.processBits) & mask),
            process: UInt8(rawValue >> Self.serialBits & mask))
    }
}

/// One process among those that serve the same clients: the number of its host, and its own there.
package struct ProcessPlace: Hashable, Sendable {
    package let host: UInt8
    package let process: UInt8

    /// Both numbers are in `SessionNumber.places`; of others the lowest five bits count.
    package init(host: UInt8, process: UInt8) {
        self.host = host & UInt8(SessionNumber.places.upperBound)
        self.process = process & UInt8(SessionNumber.places.upperBound)
    }
}
