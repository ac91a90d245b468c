import Denoising
import PrivateDenoising
import Reporting

/// What runs have taken of a key, and when the next one has to come.
package struct KeyBudget: Sendable, Equatable {
    /// Of the present key, 0 to 1.
    package private(set) var used = 0.0
    /// Keys until now.
    package private(set) var number = 1

    package init() {}

    /// Takes a run's share, 0 to 1. - Returns: whether that needs a new key, which then has what the run takes.
    package mutating func spend(_ share: Double) -> Bool {
        let isNew = used + share > 1
        if isNew { (used, number) = (0, number + 1) }
        used += share
        return isNew
    }
}

extension MeasuredScheme {
    /// What a run takes of its key; nil where a key serves for ever.
    /// - Throws: `schemeMismatch` where answers would be too far from perfect ones, or not even a fresh key is enough.
    static func affordableWear(by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? {
        try requireDistance(agreement, network)
        let wear = try wear(by: agreement, network)
        guard let wear, wear.share > 1 else { return wear }
        let images = agreement.images.count
        throw PrivateDenoisingError.schemeMismatch(
            scheme: name,
            reason: "\(images) images in one run pass a key's budget, which is "
                + "\(Int(Double(images) / wear.share)) of them: \(wear.words)")
    }
}

/// The clients' keys of a run, each made when a case first needs it, and anew where its budget is used up.
struct RunKeys {
    struct Made<Key: Sendable>: Sendable {
        var key: Key
        /// How long making it took.
        var seconds: Double
        var budget = KeyBudget()
        /// How tables name key and budget.
        var parameters: [String: ParameterValue] = [:]
    }

    private struct Kind: Hashable {
        let scheme: SchemeName
        let settings: KeySettings
    }

    private var made: [Kind: any Sendable] = [:]

    /// A key for predictions, on which nothing is spent.
    mutating func callAsFunction<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ settings: KeySettings
    ) throws -> Made<Scheme.PrivateKey> {
        let kind = Kind(scheme: Scheme.name, settings: settings)
        if let known = made[kind] as? Made<Scheme.PrivateKey> { return known }
        let made = try Self.fresh(scheme, settings)
        self.made[kind] = made
        return made
    }

    /// A key for a run of the agreement.
    /// - Throws: `schemeMismatch` where not even a fresh key's budget is enough.
    mutating func key<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ settings: KeySettings, spentOn agreement: Agreement, _ network: IntegerNetwork
    ) throws -> Made<Scheme.PrivateKey> {
        var made = try self(scheme, settings)
        guard let wear = try Scheme.affordableWear(by: agreement, network) else { return made }
        if made.budget.spend(wear.share) {
            let budget = made.budget
            made = try Self.fresh(scheme, settings)
            made.budget = budget
        }
        self.made[Kind(scheme: Scheme.name, settings: settings)] = made
        // Told of this run alone: the next one under the key may take nothing of it.
        made.parameters[ParameterName.distance] = .text(wear.words)
        made.parameters[ParameterName.keysUsed] = .integer(made.budget.number)
        return made
    }

    private static func fresh<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ settings: KeySettings
    ) throws -> Made<Scheme.PrivateKey> {
        let start = ContinuousClock.now
        let key = try Scheme.makeKey(settings)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Made(key: key, seconds: seconds, parameters: Scheme.parameters(of: key))
    }
}
