internal import CLatticeKernel
import Foundation

/// How answers of L-bit plaintexts are protected, cut and sent; the proof that they decrypt.
///
/// With p1, p2 the primes, t = 2^L and the secret's norm |s| <= 2900, a coefficient of an answer decodes exactly if, in units of
/// the switched modulus, the sum of the following stays below half a step, p1 / 2t: the products' noise, flooding and the zero's
/// noise over p2; (1 + |s|) / 2 of the switch; 2^(d-1) |s| for d dropped bits of c1; p1 / 2^(L+6) + 1 for c0 in L + 5 bits; p1 /
/// 2^(L+15) of the decoder's doubles. All are bounds, so failure is impossible.
public struct AnswerFormat: Sendable, Hashable {
    public let parameters: LatticeParameters
    /// L.
    public let plaintextBits: Int
    /// Width of each of the three signed words whose sum floods an answer: 96 - L, one less at 36, drawn at that width.
    private(set) var floodBits: Int
    /// Whether answers carry an encryption of zero.
    private(set) var addsZero: Bool
    /// Low bits of c1 that are not sent.
    private(set) var droppedBits = 0

    static let largestNorm = Double(SecretKey.largestNorm)
    private static let errorBound = 21.0

    /// - Parameter width: bits of the widest value, sign included.
    /// - Throws: `plaintextTooWide`.
    public init(_ parameters: LatticeParameters, width: Int) throws(LatticeError) {
        let range = parameters.plaintextBitsRange
        guard width <= range.upperBound else {
            throw .plaintextTooWide(needed: width, available: range.upperBound)
        }
        self.parameters = parameters
        plaintextBits = max(width, range.lowerBound)
        floodBits = parameters.floods ? 96 - plaintextBits - (plaintextBits == 36 ? 1 : 0) : 0
        addsZero = parameters.floods
        // As many as leave room for any norm the widths allow: 2^20 is far beyond those of ten layers.
        droppedBits = (1...6).prefix { worst(norm: 0x1p20, dropped: $0) < budget }.last ?? 0
    }

    /// The same sizes without one protection or both.
    func with(zero: Bool, flooding: Bool) -> AnswerFormat {
        var format = self
        format.addsZero = addsZero && zero
        format.floodBits = flooding ? floodBits : 0
        return format
    }

    /// Half a plaintext step.
    private var budget: Double { Double(parameters.primes[0]) / exp2(Double(plaintextBits + 1)) }

    private func worst(norm: Double, dropped: Int) -> Double {
        let (first, second) = (Double(parameters.primes[0]), Double(parameters.primes[1]))
        let flooding = floodBits == 0 ? 0 : 3 * exp2(Double(floodBits - 1))
        let zero = addsZero ? 2 * Self.errorBound * 4096 : 0
        let noise = Self.errorBound * norm + 2 * norm + 2 + flooding + zero
        let kept = dropped == 0 ? 0 : exp2(Double(dropped - 1)) * Self.largestNorm
        return noise / second + (1 + Self.largestNorm) / 2 + kept + first / exp2(Double(plaintextBits + 6)) + 1
            + first / exp2(Double(plaintextBits + 15))
    }

    /// The worst noise of a layer of which no output's weights and skip multiplier sum to more than `norm` in magnitude, and half
    /// a plaintext step, in units of the switched modulus.
    ///
    /// Products count 21 per unit of the norm, and 2 more (plus 2) for values that are shares modulo t and wrap.
    public func noise(norm: Double) -> (worst: Double, budget: Double) {
        (worst(norm: norm, dropped: droppedBits), budget)
    }

    /// - Throws: `noise` if a layer of this norm could be decoded wrongly.
    func check(norm: Double) throws(LatticeError) {
        let (worst, budget) = noise(norm: norm)
        guard worst < budget else { throw .noise(worst: worst, budget: budget) }
    }

    /// What an honest client's view of the answers may differ from one that does not depend on the weights, given
    /// `variance`, the sum of the variances of all sent coefficients' noise.
    public func distance(variance: Double) -> FloodingDistance {
        FloodingDistance(variance: variance, deviation: floodBits == 0 ? 0 : exp2(Double(floodBits - 1)))
    }

    var kernelFormat: lk_answer_format {
        lk_answer_format(
            plaintextBits: UInt32(plaintextBits), floodBits: UInt32(floodBits), addsZero: addsZero ? 1 : 0,
            droppedBits: UInt32(droppedBits))
    }
}
