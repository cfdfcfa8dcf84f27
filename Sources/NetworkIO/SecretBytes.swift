import CSystem

/// Random bytes that nobody can foresee, for salts and keys. Asks the system for many at a time: a
/// login needs a few of them several times. What was given out is not kept.
package struct SecretBytes {
    private var bytes: [UInt8] = []
    private static let drawnBytes = 256

    package init() {}

    /// Fresh bytes.
    package mutating func draw(_ count: Int) -> [UInt8] {
        var drawn: [UInt8] = []
        drawn.reserveCapacity(count)
        while drawn.count < count {
            if bytes.isEmpty { refill() }
            drawn.append(bytes.removeLast())
        }
        return drawn
    }

    /// A fresh number.
    package mutating func drawNumber() -> UInt32 {
        draw(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func refill() {
        bytes = [UInt8](repeating: 0, count: Self.drawnBytes)
        guard !bytes.withUnsafeMutableBytes({ sy_random($0.baseAddress, $0.count) }) else { return }
        var generator = SystemRandomNumberGenerator()
        for index in bytes.indices { bytes[index] = .random(in: 0...255, using: &generator) }
    }
}
