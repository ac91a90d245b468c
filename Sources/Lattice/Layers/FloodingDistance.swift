import Foundation

/// How far an honest client's view of flooded answers lies from one that the weights have no part in: statistical
/// distance, expected
/// over the client's honest encryption noise. Circuit privacy is ring-LWE plus this.
///
/// For noise f of Fisher information I and a shift by delta the squared Hellinger distance is at most delta^2 I / 8;
/// squares add over
/// values, so that n of them are within `sqrt(I sum delta^2) / 2`. The sum of three uniform words of standard
/// deviation sigma together
/// has I = 1.1405 / sigma^2 (a Gaussian 1, a single uniform word none at all). delta of an output has variance 10.5
/// (|w|^2 + mu^2),
/// w its filter and mu its skip's multiplier.
///
/// It grows with the square root of the number of patches. It is an average: the worst noise a client can draw
/// honestly gives about
/// 2^7 times as much, and a client that chooses its noise reads weights; both are outside semi-honest behaviour.
public struct FloodingDistance: Sendable, Hashable {
    /// Sum of the variances of the noise of all sent coefficients.
    public var variance: Double
    /// Standard deviation of the flooding; 0 where there is none.
    public let deviation: Double

    static let information = 1.14052
    static let errorVariance = 10.5

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
