import Denoising
import Imaging
import Numerics

/// The client's ways to read filters off what it decrypts (protocol, section 4, B1 to B6; B7 and B8 are ours).
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
    /// B8: the plane that masked values touch, as many masks lie at one end of their range.
    case envelope

    /// Every filter of a layer; nil where the attack saw that it failed.
    package func estimate(
        _ equations: LayerEquations, mask: MaskKnowledge, seed: UInt64, threads: Int
    ) -> [FilterEstimate?] {
        let (scale, isSignKnown) = (mask.mean, mask.isSignKnown)
        switch self {
        case .elimination: return equations.eliminated(seed: seed)
        case .gcd: return equations.eliminatedBySlots(seed: seed, threads: threads)
        case .matching: return equations.eliminatedByPosition(seed: seed, threads: threads)
        case .leastSquares: return equations.leastSquares(scale: scale)
        default: break
        }
        let liftedRows = self == .envelope && mask.envelope != nil && !isSignKnown ? equations.liftedRows() : nil
        let lifted =
            self == .phase || self == .divisors && !isSignKnown
            ? equations.liftedStarts() : Array(repeating: nil, count: equations.layer.outputChannels)
        return parallelMap(equations.layer.outputChannels, threads: threads) { channel in
            var generator = SeededGenerator(seed: seed, stream: UInt64(channel))
            switch self {
            case .reweighted: return equations.reweighted(channel, scale: scale)
            case .logistic: return equations.logistic(channel)
            case .envelope: return equations.envelope(channel, mask: mask, lifted: liftedRows, using: &generator)
            case .phase: return equations.phase(channel, scale: scale, lifted: lifted[channel], using: &generator)
            default:
                return equations.divisors(
                    channel, scale: scale, isSignKnown: isSignKnown, lifted: lifted[channel], using: &generator)
            }
        }
    }
}
