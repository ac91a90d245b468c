package import Denoising
import Foundation
import Numerics

/// How near the output of a stolen layer is to the true one's, before the ReLU: PSNR, its peak the range of the true values.
///
/// Channel by channel, after the best factor, of either sign where the mode hides it; a mean over channels.
package enum OutputScore {
    /// - Parameters:
    ///   - estimates: of a layer; nil counts as an output of zeros.
    ///   - equations: the true layer on images that neither party sent.
    ///   - anyOrder: compares each true channel with the estimate nearest to it.
    package static func psnr(
        _ estimates: [FilterEstimate?], on equations: LayerEquations, anyOrder: Bool = false
    ) -> Double {
        let outputs = estimates.map { estimate in
            estimate.map { equations.matrix.predictions(equations.coefficients($0)) } ?? []
        }
        let scores = equations.values.enumerated().compactMap { channel, truth -> Double? in
            let compared = anyOrder ? Array(outputs.indices) : [channel]
            return compared.compactMap {
                psnr(outputs[$0], truth: truth, isSignKnown: estimates[$0]?.isSignKnown ?? true)
            }.max()
        }
        return mean(scores)
    }

    /// Of all channels of a layer, whose outputs have one shape.
    package static func psnr(_ stolen: Tensor, truth: IntegerTensor) -> Double {
        let (channels, plane) = (truth.shape.channels, truth.shape.planeSize)
        let scores = (0..<channels).compactMap { channel -> Double? in
            let places = (0..<truth.shape.count).flatMap { image -> Range<Int> in
                let start = (image * channels + channel) * plane
                return start..<start + plane
            }
            return psnr(
                places.map { Double(stolen.values[$0]) }, truth: places.map { truth.values.double($0) },
                isSignKnown: true)
        }
        return mean(scores)
    }

    /// - Returns: Nil for a true channel that is constant; at most 150 dB.
    private static func psnr(_ stolen: [Double], truth: [Double], isSignKnown: Bool) -> Double? {
        guard let low = truth.min(), let high = truth.max(), high > low else { return nil }
        let products = zip(stolen, truth).reduce(0) { $0 + $1.0 * $1.1 }
        let squares = stolen.reduce(0) { $0 + $1 * $1 }
        let best = squares > 0 ? products / squares : 0
        let factor = isSignKnown ? max(0, best) : best
        let error = truth.indices.reduce(0.0) { sum, index in
            let difference = truth[index] - (stolen.isEmpty ? 0 : factor * stolen[index])
            return sum + difference * difference
        }
        return min(150, 10 * log10((high - low) * (high - low) * Double(truth.count) / error))
    }
}
