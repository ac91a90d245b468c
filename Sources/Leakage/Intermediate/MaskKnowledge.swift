package import PrivateDenoising

/// What is public about a mode's multiplicative masks.
package struct MaskKnowledge: Sendable, Equatable {
    /// Mean magnitude of a mask; 1 where there is none.
    package let mean: Double
    package let isSignKnown: Bool
    package let isMasked: Bool
    /// Nil where nothing is masked.
    let envelope: Envelope?

    /// How many masks lie at one end of their range, known to everyone.
    struct Envelope: Sendable, Equatable {
        /// Values over this touch those before the mask.
        let largest: Double
        /// The side of them from which the others' plane touches.
        let side: ExtremeFit.Side
    }

    private init(_ mask: MaskOptions?, isSignKnown: Bool) {
        self.isSignKnown = isSignKnown
        isMasked = mask != nil
        mean = mask?.mean ?? 1
        envelope = mask?.envelope
    }

    package init(_ agreement: Agreement) { self.init(agreement.mask, isSignKnown: !agreement.mode.hidesSigns) }

    /// Of the values after the last layer, which no mode masks.
    var ofPlainValues: MaskKnowledge { MaskKnowledge(nil, isSignKnown: isSignKnown) }
}

extension MaskOptions {
    /// Uniform magnitudes stop at 2^bits - 1, and one in a thousand is within a thousandth of it; of log-uniform ones one in `bits` is 1.
    fileprivate var envelope: MaskKnowledge.Envelope {
        switch distribution {
        case .uniform: .init(largest: Double(1 << bits - 1), side: .over)
        case .logUniform: .init(largest: 1, side: .under)
        }
    }

    /// Mean of the magnitudes.
    fileprivate var mean: Double {
        func middle(_ width: Int) -> Double {
            let (low, high) = (1 << (width - 1), 1 << width - 1)
            return (Double(low) + Double(high)) / 2
        }
        switch distribution {
        case .uniform: return (1 + Double(1 << bits - 1)) / 2
        case .logUniform: return (1...bits).reduce(0) { $0 + middle($1) } / Double(bits)
        }
    }
}
