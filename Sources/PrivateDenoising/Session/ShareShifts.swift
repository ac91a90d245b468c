public import Denoising

/// What a client of mode `shared` that does not follow the protocol adds to its shares, modulo their width: the server cannot tell, for
/// shares are not authenticated. Everywhere but in the attack suite the only value there is is `none`.
public struct ShareShifts: Sendable, Equatable {
    /// An honest client's.
    public static let none = ShareShifts()

    /// Added to this side's share of a layer's input, by round, before it is encrypted.
    public private(set) var inputs: [Int: IntegerTensor] = [:]
    /// Added to this side's share of a layer's accumulators, by round, before the transfers choose by it.
    public private(set) var accumulators: [Int: IntegerTensor] = [:]

    private init() {}
}

@_spi(Unprotected)
extension ShareShifts {
    /// - Parameters: Shifts by round, each of the shape of what it is added to.
    public init(inputs: [Int: IntegerTensor], accumulators: [Int: IntegerTensor]) {
        self.init()
        self.inputs = inputs
        self.accumulators = accumulators
    }
}
