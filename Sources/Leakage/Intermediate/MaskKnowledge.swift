import Foundation

/// What is public about a mode's multiplicative masks.
package struct MaskKnowledge: Sendable, Equatable {
    /// Mean magnitude of a mask; 1 where there is none.
    package let mean: Double
    package let isSignKnown: Bool

    package init(_ header: TranscriptHeader) {
        let largest = pow(2, Double(header.maskBits))
        switch header.mask {
        case "positive-log-uniform": mean = (largest - 1) / log(largest)
        case _ where header.maskBits > 0: mean = largest / 2
        default: mean = 1
        }
        isSignKnown = !["signed", "sign-pair"].contains(header.mask)
    }
}
