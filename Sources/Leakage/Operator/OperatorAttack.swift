package import Denoising
import Imaging
import PrivateDenoising
import Numerics

/// A linear network as the one filter it is, in whole numbers: `y[p] = bias + sum over a of weights[a] x[p + a - reach]`, for
/// positions at least `reach` away from the border.
package struct LinearOperator: Sendable, Equatable {
    /// `[row][column]`, `side * side`.
    package let weights: [Int]
    package let bias: Int
    package let reach: Int

    package var side: Int { 2 * reach + 1 }

    /// Padding of all layers together, which is how far a padded or a transposed network's filter reaches.
    static func reach(of layers: [Layer]) -> Int { layers.reduce(0) { $0 + $1.padding } }

    /// Positions of an image whose output no border touches.
    static func interior(of shape: TensorShape, reach: Int) -> [(row: Int, column: Int)] {
        guard shape.height > 2 * reach, shape.width > 2 * reach else { return [] }
        return (reach..<shape.height - reach).flatMap { row in (reach..<shape.width - reach).map { (row, $0) } }
    }

    /// How well it predicts: share of the interior output values of images that are right to the last bit.
    package func exactShare(of truth: IntegerNetwork, on images: IntegerTensor, threads: Int) throws -> Double {
        let accumulators = try truth.evaluate(images, threads: threads).accumulators
        let (expected, shape) = (accumulators[accumulators.count - 1].values, images.shape)
        let interior = Self.interior(of: shape, reach: reach)
        let right = (0..<shape.count).reduce(0) { sum, image in
            sum
                + interior.count { row, column in
                    predict(images, image: image, row: row, column: column)
                        == expected[image * shape.planeSize + row * shape.width + column]
                }
        }
        return Double(right) / Double(max(1, interior.count * shape.count))
    }

    private func predict(_ input: IntegerTensor, image: Int, row: Int, column: Int) -> BigInteger {
        var sum = BigInteger(bias)
        let window = Self.window(input, image: image, row: row, column: column, reach: reach)
        for (index, value) in window.enumerated() where value != 0 && weights[index] != 0 {
            sum += BigInteger(weights[index]) * BigInteger(value)
        }
        return sum
    }

    static func window(_ input: IntegerTensor, image: Int, row: Int, column: Int, reach: Int) -> [Int] {
        let (plane, width) = (input.shape.planeSize, input.shape.width)
        return (row - reach...row + reach).flatMap { y in
            (column - reach...column + reach).map { x in input.values.narrow(image * plane + y * width + x) }
        }
    }
}

/// C: the client reads a linear network off its final values.
package enum OperatorAttack: String, Sendable, CaseIterable {
    /// One image with a single bright pixel, one black image for the bias.
    case impulse
    /// Whatever images the client has: as many equations as interior pixels.
    case generic

    /// - Parameter images: how many of the transcript's images `generic` uses.
    /// - Returns: Nil where the values are no linear function of the images, or say too little.
    /// - Throws: `LeakageError.unsuitable` for images too small, or an impulse that is none.
    package func recover(_ view: ClientView, images: Int, seed: UInt64) throws -> LinearOperator? {
        let (first, last) = (view.rounds[0], view.rounds[view.rounds.count - 1])
        let reach = LinearOperator.reach(of: view.rounds.flatMap(\.layers))
        let shape = first.sent.shape
        guard view.rounds.count == view.agreement.rounds.count, last.received.shape == shape, shape.channels == 1,
            first.sent.values.limbs == 1, last.received.values.limbs == 1
        else {
            throw LeakageError.unsuitable(
                attack: rawValue, expected: "a whole run of a network that keeps the image's size, in 64-bit values")
        }
        guard !LinearOperator.interior(of: shape, reach: reach).isEmpty else {
            throw LeakageError.unsuitable(
                attack: rawValue, expected: "images of more than \(2 * reach) pixels a side for this network")
        }
        switch self {
        case .impulse: return try Self.impulse(first.sent, last.received, reach: reach)
        case .generic:
            return Self.generic(
                first.sent, last.received, reach: reach, images: min(images, shape.count), seed: seed)
        }
    }

    private static func impulse(
        _ input: IntegerTensor, _ output: IntegerTensor, reach: Int
    ) throws -> LinearOperator? {
        let (plane, shape) = (input.shape.planeSize, input.shape)
        let bright = (0..<shape.count).map { image in
            (0..<plane).filter { input.values.narrow(image * plane + $0) != 0 }
        }
        guard let black = bright.firstIndex(of: []), let image = bright.firstIndex(where: { $0.count == 1 }),
            let centre = bright[image].first
        else {
            throw LeakageError.unsuitable(
                attack: "impulse", expected: "one black image and one with a single bright pixel")
        }
        let value = input.values[image * plane + centre]
        let (row, column) = (centre / shape.width, centre % shape.width)
        guard row >= 2 * reach, row < shape.height - 2 * reach, column >= 2 * reach, column < shape.width - 2 * reach
        else {
            throw LeakageError.unsuitable(
                attack: "impulse", expected: "the bright pixel at least \(2 * reach) pixels away from the border")
        }
        let bias = output.values[black * plane + centre]
        var weights: [Int] = []
        for a in 0...2 * reach {
            for b in 0...2 * reach {
                let position = (row - a + reach) * shape.width + column - b + reach
                let (quotient, remainder) = (output.values[image * plane + position] - bias)
                    .quotientAndRemainder(dividingBy: value)
                guard remainder.isZero, let weight = quotient.exactInt else { return nil }
                weights.append(weight)
            }
        }
        return bias.exactInt.map { LinearOperator(weights: weights, bias: $0, reach: reach) }
    }

    private static func generic(
        _ input: IntegerTensor, _ output: IntegerTensor, reach: Int, images: Int, seed: UInt64
    ) -> LinearOperator? {
        let interior = LinearOperator.interior(of: input.shape, reach: reach)
        let unknowns = (2 * reach + 1) * (2 * reach + 1) + 1
        var generator = SeededGenerator(seed: seed)
        let order = LayerEquations.sample(interior.count * images, of: interior.count * images, using: &generator)
        var system = ModularElimination(unknowns: unknowns, sides: 1)
        // Equations beyond the unknowns tell a linear network from one that is not.
        var checks = 0
        for number in order where checks < 64 {
            let (image, position) = (number / interior.count, interior[number % interior.count])
            let window = LinearOperator.window(
                input, image: image, row: position.row, column: position.column, reach: reach)
            let value = output.values.narrow(
                image * input.shape.planeSize + position.row * input.shape.width + position.column)
            if system.isComplete { checks += 1 }
            guard system.insert(window + [1], [ModularElimination.residue(value)]) else { return nil }
        }
        return system.solutions()?.first.map {
            LinearOperator(weights: Array($0.dropLast()), bias: $0[unknowns - 1], reach: reach)
        }
    }
}
