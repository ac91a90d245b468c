import Foundation

/// How far an honest client's view of flooded answers lies from one that the weights have no part in: statistical distance,
/// expected over the client's honest encryption noise. Circuit privacy is ring-LWE plus this.
///
/// For noise f of Fisher information I and a shift by delta the squared Hellinger distance is at most delta^2 I / 8; squares add
/// over values, so that n of them are within `sqrt(I sum delta^2) / 2`. The sum of three uniform words of standard deviation
/// sigma together has I = 1.1405 / sigma^2 (a Gaussian 1, a single uniform word none at all). delta of an output has variance
/// 10.5 (|w|^2 + mu^2), w its filter and mu its skip's multiplier.
///
/// It grows with the square root of the number of patches. It is an average: the worst noise a client can draw honestly gives
/// about 2^7 times as much, and a client that chooses its noise reads weights; both are outside semi-honest behaviour.
public struct FloodingDistance: Sendable, Hashable {
    /// Sum of the variances of the noise of all sent coefficients.
    public var variance: Double
    /// Standard deviation of the flooding; 0 where there is none.
    public let deviation: Double

    static let information = 1.14052
    static let errorVariance = 10.5

    /// Sum of the variances of the noise of all coefficients that a layer's answers for one image send, expected over honest
    /// encryptions.
    ///
    /// - Parameters:
    ///   - weights: an output's after the other's.
    ///   - multipliers: of the skip, one an output; nil without one.
    ///   - coefficients: that one output of an image sends.
    ///   - areShares: whether inputs are centred shares modulo t. Their products wrap, and so does the mask: a wrap is noise 1, at
    ///     most 1/12 of (|w|^2 + mu^2) in second moment where one share alone is multiplied, next to nothing where both are, and at most
    ///     2 for mask and rounding.
    public static func noiseVariance(
        weights: [Int32], multipliers: [Double]?, outputs: Int, coefficients: Int, areShares: Bool
    ) -> Double {
        let squares =
            weights.reduce(0) { $0 + Double($1) * Double($1) } + (multipliers ?? []).reduce(0) { $0 + $1 * $1 }
        let each =
            areShares ? (errorVariance + 1.0 / 12) * squares + 2 * Double(outputs) : errorVariance * squares
        return each * Double(coefficients)
    }

    /// log2 of the distance for `patches` times what `variance` counts; 0 where nothing floods.
    public func log2Distance(patches: Int = 1) -> Double {
        guard deviation > 0, variance > 0 else { return deviation > 0 ? -.infinity : 0 }
        let distance = (Self.information * Double(patches) * variance).squareRoot() / (2 * deviation)
        return min(0, log2(distance))
    }

    /// How many patches stay within 2^`budget`, at most `Int.max / 2`.
    public func patches(within budget: Double) -> Int {
        let count = exp2(2 * (budget - log2Distance()))
        return count < Double(Int.max / 2) ? Int(count) : Int.max / 2
    }
}
