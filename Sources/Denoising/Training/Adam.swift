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
        precondition(parameters.count == firstMoment.count && gradient.count == firstMoment.count)
        step += 1
        let stepSize = Float(learningRate / (1 - pow(Adam.beta1, Double(step))))
        let rootCorrection = Float((1 - pow(Adam.beta2, Double(step))).squareRoot())
        let (beta1, beta2) = (Float(Adam.beta1), Float(Adam.beta2))
        let (rest1, rest2) = (Float(1 - Adam.beta1), Float(1 - Adam.beta2))
        let epsilon = Float(Adam.epsilon)
        for index in parameters.indices {
            let slope = gradient[index]
            let first = beta1 * firstMoment[index] + rest1 * slope
            let second = beta2 * secondMoment[index] + rest2 * slope * slope
            firstMoment[index] = first
            secondMoment[index] = second
            parameters[index] -= stepSize * first / (second.squareRoot() / rootCorrection + epsilon)
        }
    }
}
