import Foundation
import Lattice
import Numerics

/// A random layer, images and what they come to over the integers.
struct Scene {
    var height = 64, width = 64
    var kernelHeight = 5, kernelWidth = 5
    var padding = 0
    var inputs = 2, outputs = 2
    var images = 1
    var largestWeight = 511
    var largestInput = 4095
    /// Signed inputs, to be encrypted centred.
    var isSigned = false

    var outputHeight: Int { height + 2 * padding - kernelHeight + 1 }
    var outputWidth: Int { width + 2 * padding - kernelWidth + 1 }

    func weights(_ generator: inout SeededGenerator) -> [Int32] {
        (0..<outputs * inputs * kernelHeight * kernelWidth).map { _ in
            Int32.random(in: Int32(-largestWeight)...Int32(largestWeight), using: &generator)
        }
    }

    func values(_ generator: inout SeededGenerator) -> [Int64] {
        (0..<images * inputs * height * width).map { _ in
            Int64.random(in: (isSigned ? -Int64(largestInput) : 0)...Int64(largestInput), using: &generator)
        }
    }

    func geometry() throws -> PolynomialGeometry {
        try PolynomialGeometry(
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, padding: padding, inputHeight: height,
            inputWidth: width)
    }

    /// The correlation over the integers, `[image][output][row][column]`.
    func correlation(_ values: [Int64], _ weights: [Int32], bias: [Int64]) -> [Int64] {
        var result: [Int64] = []
        for image in 0..<images {
            for output in 0..<outputs {
                var plane = [Int64](repeating: bias[output], count: outputHeight * outputWidth)
                for input in 0..<inputs {
                    let first = (image * inputs + input) * height * width
                    for i in 0..<kernelHeight {
                        for j in 0..<kernelWidth {
                            let weight = Int64(
                                weights[((output * inputs + input) * kernelHeight + i) * kernelWidth + j])
                            for row in 0..<outputHeight where (0..<height).contains(row + i - padding) {
                                for column in 0..<outputWidth where (0..<width).contains(column + j - padding) {
                                    plane[row * outputWidth + column] +=
                                        weight * values[first + (row + i - padding) * width + column + j - padding]
                                }
                            }
                        }
                    }
                }
                result += plane
            }
        }
        return result
    }
}

extension [Int64] {
    var bitPatterns: [UInt64] { map { UInt64(bitPattern: $0) } }
}

extension SecretKey {
    func json(comment: String) throws -> Data { try withJSON(comment: comment) { Data($0) } }
}
