import Denoising
import Imaging
import Numerics

/// The client's ways to read filters off what it decrypts (protocol, section 4, B1 to B6; B7 is ours).
package enum FilterAttack: String, Sendable, CaseIterable {
    /// B1: exact elimination, as if nothing were masked.
    case elimination
    /// B2: divisors of r y near an estimate of y.
    case divisors
    /// B3: the greatest common divisor over the slots of a ciphertext.
    case gcd
    /// B4: least squares, and the same with every row divided by its own size.
    case leastSquares = "least-squares"
    case reweighted = "reweighted-least-squares"
    /// B5: logistic regression on signs alone.
    case logistic
    /// B6: phase retrieval: least squares on magnitudes, signs guessed.
    case phase = "phase-retrieval"
    /// B7: the position whose windows explain what the slots of a ciphertext hold, where the order of positions is hidden.
    case matching = "position-matching"

    /// Every filter of a layer; nil where the attack saw that it failed.
    /// - Parameters:
    ///   - scale: the mean of a mask's magnitude, public; 1 where there is none.
    ///   - isSignKnown: whether the mode's masks are positive.
    package func estimate(
        _ equations: LayerEquations, scale: Double, isSignKnown: Bool, seed: UInt64, threads: Int
    ) -> [FilterEstimate?] {
        switch self {
        case .elimination: return equations.eliminated(seed: seed)
        case .gcd: return equations.eliminatedBySlots(seed: seed, threads: threads)
        case .matching: return equations.eliminatedByPosition(seed: seed, threads: threads)
        case .leastSquares: return equations.leastSquares(scale: scale)
        default: break
        }
        let lifted =
            self == .phase || self == .divisors && !isSignKnown
            ? equations.liftedStarts() : Array(repeating: nil, count: equations.layer.outputChannels)
        return parallelMap(equations.layer.outputChannels, threads: threads) { channel in
            var generator = SeededGenerator(seed: seed, stream: UInt64(channel))
            switch self {
            case .reweighted: return equations.reweighted(channel, scale: scale)
            case .logistic: return equations.logistic(channel)
            case .phase: return equations.phase(channel, scale: scale, lifted: lifted[channel], using: &generator)
            default:
                return equations.divisors(
                    channel, scale: scale, isSignKnown: isSignKnown, lifted: lifted[channel], using: &generator)
            }
        }
    }
}
