/// What a server's reply to one batch amounts to, without the rows themselves: two replies with
/// equal digests have said the same.
package struct ReplyDigest: Sendable, Hashable {
    /// SQLSTATE of its first error; nil: there was none.
    package var state: String?
    /// Rows, or pieces of a COPY.
    package var rows: UInt64 = 0
    /// Hash of the rows in the order in which they came.
    package var ordered: UInt64 = 0
    /// Hash of the rows in whatever order.
    package var unordered: UInt64 = 0
    /// Of the whole reply.
    package var bytes = 0

    package init() {}

    /// Whether both say the same. Errors are equal when their SQLSTATEs are: their words may name
    /// what differs, and rows that came before an error say nothing.
    package func says(_ other: Self, isOrdered: Bool) -> Bool {
        guard state == other.state else { return false }
        guard state == nil else { return true }
        guard rows == other.rows, unordered == other.unordered else { return false }
        return !isOrdered || ordered == other.ordered
    }

    /// One row more.
    mutating func add(row hash: UInt64) {
        rows &+= 1
        unordered &+= hash
        ordered = RowHash.folded(ordered ^ hash)
    }
}

/// A running 64-bit hash of the bytes of one row, whatever pieces they come in. Not for enemies: a
/// client that makes two rows of its own collide deceives nobody but itself.
struct RowHash: Sendable {
    private var value: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var lane: UInt64 = 0
    private var laneBytes: UInt64 = 0
    private var count: UInt64 = 0

    mutating func absorb(_ bytes: RawSpan) {
        count &+= UInt64(bytes.byteCount)
        var at = 0
        while at < bytes.byteCount {
            if laneBytes == 0, bytes.byteCount &- at >= 8 {
                let whole = bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
                value = Self.folded(value ^ whole.littleEndian)
                at &+= 8
                continue
            }
            let byte = bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            lane |= UInt64(byte) &<< (laneBytes &* 8)
            laneBytes &+= 1
            at &+= 1
            if laneBytes == 8 {
                value = Self.folded(value ^ lane)
                (lane, laneBytes) = (0, 0)
            }
        }
    }

    /// The hash of all that was absorbed.
    var finished: UInt64 { Self.folded(Self.folded(value ^ lane) ^ count) }

    /// The two halves of a product folded onto each other, as wyhash does.
    static func folded(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xA076_1D64_78BD_642F)
            .multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }
}
