import Foundation

/// Adam (Kingma, Ba 2015, algorithm 1) over one flat parameter vector, in PyTorch's form: `epsilon` is added to the
/// square root after its bias correction. Moments in Float, corrections in Double.
package struct Adam: Sendable, Equatable {
    package var firstMoment: [Float]
    package var secondMoment: [Float]
    /// Updates made so far.
    package var step: Int

    static let beta1 = 0.9
    static let beta2 = 0.999
    static let epsilon = 1e-8

    package init(parameterCount: Int) {
        firstMoment = Array(repeating: 0, count: parameterCount)
        secondMoment = firstMoment
        step = 0
    }

    /// Moves the parameters one step down the gradient.
    package mutating func update(_ parameters: inout [Float], gradient: [Float], learningRate: Double) {
        precondition(
            parameters.count == firstMoment.count && gradient.count == firstMoment.count
                && secondMoment.count == firstMoment.count)
        step += 1
        let stepSize = Float(learningRate / (1 - pow(Adam.beta1, Double(step))))
        let rootCorrection = Float((1 - pow(Adam.beta2, Double(step))).squareRoot())
        let (beta1, beta2) = (Float(Adam.beta1), Float(Adam.beta2))
        let (rest1, rest2) = (Float(1 - Adam.beta1), Float(1 - Adam.beta2))
        let epsilon = Float(Adam.epsilon)
        // Buffers of one checked length, so that the loop has no check or reload left and is vectorised.
        parameters.withUnsafeMutableBufferPointer { values in
            firstMoment.withUnsafeMutableBufferPointer { first in
                secondMoment.withUnsafeMutableBufferPointer { second in
                    gradient.withUnsafeBufferPointer { slopes in
                        for index in 0..<slopes.count {
                            let slope = slopes[index]
                            let mean = beta1 * first[index] + rest1 * slope
                            let square = beta2 * second[index] + rest2 * slope * slope
                            first[index] = mean
                            second[index] = square
                            values[index] -= stepSize * mean / (square.squareRoot() / rootCorrection + epsilon)
                        }
                    }
                }
            }
        }
    }
}
