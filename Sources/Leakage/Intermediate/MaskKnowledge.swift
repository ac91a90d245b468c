package import PrivateDenoising

/// What is public about a mode's multiplicative masks.
package struct MaskKnowledge: Sendable, Equatable {
    /// Mean magnitude of a mask; 1 where there is none.
    package let mean: Double
    package let isSignKnown: Bool
    package let isMasked: Bool

    package init(_ agreement: Agreement) {
        isSignKnown = !agreement.mode.hidesSigns
        isMasked = agreement.mask != nil
        mean = agreement.mask?.mean ?? 1
    }
}

extension MaskOptions {
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
