/// What keeps a run safe beside the encryption itself. Everywhere but in the attack suite the only value there is is `all`.
public struct Protections: Sendable, Equatable {
    /// Everything on, as protocol and threat model say.
    public static let all = Protections()

    /// Every ciphertext leaves the server with fresh randomness.
    public private(set) var rerandomises = true
    /// Slots without an image leave the server full of noise.
    public private(set) var fillsUnusedSlots = true
    /// The client tells of a value out of range only when all rounds are done.
    public private(set) var hidesRangeErrors = true

    /// What the client sees of an accumulator on shares is masked on all bits.
    public private(set) var masksShares = true
    /// Masks on shares are drawn anew in every session.
    public private(set) var drawsFreshShares = true

    private init() {}
}

@_spi(Unprotected)
extension Protections {
    /// One protection each; what it is worth is what an attack measures without it.
    public enum Protection: String, Sendable, CaseIterable {
        case rerandomisation
        case unusedSlotNoise = "unused-slot-noise"
        case silentRangeErrors = "silent-range-errors"
        case shareMasks = "share-masks"
        case freshShares = "fresh-shares"
    }

    /// The same with one protection off: for attacks on transcripts made for them.
    public func without(_ protection: Protection) -> Protections {
        var rest = self
        switch protection {
        case .rerandomisation: rest.rerandomises = false
        case .unusedSlotNoise: rest.fillsUnusedSlots = false
        case .silentRangeErrors: rest.hidesRangeErrors = false
        case .shareMasks: rest.masksShares = false
        case .freshShares: rest.drawsFreshShares = false
        }
        return rest
    }
}
