import Imaging
import Numerics

/// A linear decoder from the bytes of a ciphertext to its pixel, learned on three quarters of an image's ciphertexts whose pixels
/// the attacker is supposed to know, tried on the rest.
package struct RidgeDecoder: Sendable, Equatable {
    /// Share of the held-out pixels' variance that the decoder explains; negative where it is worse than their mean.
    package let heldOut: Double
    /// 95 % of what the same decoder reaches when the pixels are dealt out at random.
    package let chance: ClosedRange<Double>
    /// Share of the random dealings that do at least as well, the true one counted.
    package let pValue: Double

    /// - Parameters:
    ///   - pixels: of the first ciphertexts, in the order they were sent.
    ///   - permutations: random dealings.
    /// - Throws: `LeakageError.unsuitable` for fewer than 16 pixels, or constant ones.
    package init(_ view: ServerView, pixels: [Double], permutations: Int, seed: UInt64) throws {
        let count = min(view.count, pixels.count)
        guard count >= 16, Set(pixels[..<count]).count > 1 else {
            throw LeakageError.unsuitable(attack: "ridge", expected: "16 pixels or more that vary")
        }
        var generator = SeededGenerator(seed: seed)
        let order = LayerEquations.sample(count, of: count, using: &generator)
        let training = count * 3 / 4
        let scales = Self.scales(view, order[..<training])
        func matrix(_ part: ArraySlice<Int>) -> RegressorMatrix {
            let indices = Array(part)
            return RegressorMatrix(rows: indices.count, columns: view.width + 1) { row, buffer in
                let start = indices[row] * view.width
                for byte in 0..<view.width {
                    buffer[byte] = (Double(view.bytes[start + byte]) - scales[byte].mean) * scales[byte].factor
                }
                buffer[view.width] = 1
            }
        }
        let (known, unknown) = (matrix(order[..<training]), matrix(order[training...]))
        var dealings = [order.map { pixels[$0] }]
        for _ in 0..<permutations {
            let dealt = LayerEquations.sample(count, of: count, using: &generator)
            dealings.append(dealt.map { pixels[order[$0]] })
        }
        // A penalty of a tenth of a byte's weight: without it as many bytes as samples fit anything.
        guard let solutions = known.leastSquares(dealings.map { Array($0[..<training]) }, ridge: 0.1) else {
            throw LeakageError.unsuitable(attack: "ridge", expected: "bytes that vary")
        }
        let scores = zip(dealings, solutions).map { dealing, solution in
            Self.explained(Array(dealing[training...]), by: unknown.predictions(solution))
        }
        heldOut = scores[0]
        let random = scores[1...].sorted()
        let tail = max(0, random.count * 25 / 1000)
        chance = random.isEmpty ? scores[0]...scores[0] : random[tail]...random[random.count - 1 - tail]
        pValue = Double(1 + random.count { $0 >= scores[0] }) / Double(1 + random.count)
    }

    /// Mean of every byte, and what brings it to a deviation of one; bytes that never change count for nothing.
    private static func scales(_ view: ServerView, _ known: ArraySlice<Int>) -> [(mean: Double, factor: Double)] {
        (0..<view.width).map { byte in
            let values = known.map { Double(view.bytes[$0 * view.width + byte]) }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            return (mean, variance > 0 ? 1 / variance.squareRoot() : 0)
        }
    }

    private static func explained(_ truth: [Double], by prediction: [Double]) -> Double {
        let mean = truth.reduce(0, +) / Double(truth.count)
        let variance = truth.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let rest = zip(truth, prediction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return variance > 0 ? 1 - rest / variance : 0
    }
}
