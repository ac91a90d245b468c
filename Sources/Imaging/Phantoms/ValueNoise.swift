import Numerics

/// Smooth seeded noise in three dimensions: random values on a lattice, blended smoothly, in several octaves. About
/// [-1, 1], mean near 0.
struct ValueNoise: Sendable {
    private let lattice: [Float]
    private static let side = 32

    init(using generator: inout SeededGenerator) {
        lattice = (0..<Self.side * Self.side * Self.side).map { _ in Float(2 * generator.uniform() - 1) }
    }

    /// - Parameter octaves: Each doubles the frequency and halves the strength.
    func callAsFunction(_ x: Float, _ y: Float, _ z: Float, octaves: Int) -> Float {
        var (sum, strength, frequency) = (Float(0), Float(0.6), Float(1))
        for _ in 0..<octaves {
            sum += strength * value(x * frequency, y * frequency, z * frequency)
            strength /= 2
            frequency *= 2
        }
        return sum
    }

    private func value(_ x: Float, _ y: Float, _ z: Float) -> Float {
        let (x0, y0, z0) = (x.rounded(.down), y.rounded(.down), z.rounded(.down))
        let (u, v, w) = (Self.smooth(x - x0), Self.smooth(y - y0), Self.smooth(z - z0))
        let (i, j, k) = (Int(x0), Int(y0), Int(z0))
        func blend(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }
        func row(_ j: Int, _ k: Int) -> Float { blend(at(i, j, k), at(i + 1, j, k), u) }
        return blend(blend(row(j, k), row(j + 1, k), v), blend(row(j, k + 1), row(j + 1, k + 1), v), w)
    }

    private func at(_ i: Int, _ j: Int, _ k: Int) -> Float {
        let mask = Self.side - 1
        return lattice[((k & mask) * Self.side + (j & mask)) * Self.side + (i & mask)]
    }

    private static func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}
