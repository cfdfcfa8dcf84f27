/// A running 64-bit hash of a statement's tokens. Seeded: who does not know the seed cannot make
/// two statements collide on purpose.
struct Fingerprint {
    private(set) var value: UInt64
    private let multiplier: UInt64

    /// - Parameter seed: any number that is not known from outside.
    init(seed: UInt64) {
        value = seed
        // Any odd number with many bits set will do; it need only be unknown from outside.
        multiplier = (seed ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93 | 1
    }

    /// Takes in 64 bits: the product's two halves are folded onto each other.
    @inline(__always)
    mutating func absorb(_ lane: UInt64) {
        let product = (value ^ lane).multipliedFullWidth(by: multiplier)
        value = product.high ^ product.low
    }

    /// Ends a token. The kind and length come last, so that the sequence can be read backwards in
    /// one way only: different tokens never feed the hash alike.
    @inline(__always)
    mutating func end(_ kind: TokenKind, length: Int = 0) {
        absorb(UInt64(truncatingIfNeeded: length) &<< 8 | UInt64(kind.rawValue) &+ 1)
    }
}
