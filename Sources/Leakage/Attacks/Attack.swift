package import PrivateDenoising

/// One attack: what it is made on, how it is made and how it is scored. `ldct attack` and the experiments call the same.
///
/// An attack is one conforming type, in a file of its own, and one case of `AttackKind`.
package protocol Attack {
    /// What `attacks:` of an experiment can say of it.
    static var keys: Set<AttackSettings.Key> { get }
    /// Names of its ways to go about it; empty where there is one.
    static var methods: [String] { get }
    /// Those tried unless others are named.
    static var usualMethods: [String] { get }

    /// What its transcripts are encrypted with where an experiment does not say.
    static var usualScheme: SchemeName { get }

    /// Whether its pictures are of what neither party sent; otherwise they are of what the client sent.
    static var picturesHeldOut: Bool { get }

    /// The modes it is made on where an experiment can name others and does not.
    static var usualModes: [Mode] { get }

    /// Stages it: what attackers and victims do before it can be made.
    static func evidence(_ stage: AttackStage) throws -> [Evidence]
    /// Makes it, and scores what comes back as far as the evidence says what is true.
    /// - Throws: `LeakageError.unsuitable` for evidence it cannot be made on.
    static func results(_ evidence: Evidence) throws -> [AttackResult]
}

extension Attack {
    package static var methods: [String] { [] }
    package static var usualScheme: SchemeName { .paillier }
    package static var usualModes: [Mode] { AttackSettings().modes }
    package static var usualMethods: [String] { Array(methods.prefix(1)) }
    package static var picturesHeldOut: Bool { false }
}

/// The attacks there are, by the names that experiments and commands know them by.
package enum AttackKind: String, Sendable, CaseIterable {
    /// A: statistics and a learned decoder of ciphertexts.
    case ciphertexts
    /// A: the exponents that the published encoding leaves in clear.
    case exponents
    /// B0: images from features.
    case decoder
    /// P: the last two layers from features, image and output: the authors' own test.
    case imitation
    /// B1 to B8: the first layer's filters.
    case filters
    /// All filters, put together and run.
    case network
    /// C: a linear network as the one filter it is.
    case `operator`
    /// D: the first layer's filters from the randomness of ciphertexts; a key of its own for every trial.
    case randomness
    /// E: rows of weights from an upload of powers of two.
    case radix
    /// I: the first layer's filters from lattice answers that lack a protection.
    case answers
    /// F: pixels from whether the client complains.
    case reaction
    /// G: a network's weights from outputs of mode `shared`, by a client that shifts its shares.
    case shifts
    /// H: a student trained on outputs: what no protocol hides.
    case student

    package var attack: any Attack.Type {
        switch self {
        case .ciphertexts: CiphertextStatistics.self
        case .exponents: ExponentDecoder.self
        case .decoder: FeatureDecoder.self
        case .imitation: ImitationTest.self
        case .filters: FilterAttack.self
        case .network: StolenNetwork.self
        case .operator: OperatorAttack.self
        case .randomness: RandomnessAttack.self
        case .radix: RadixAttack.self
        case .answers: LatticeAnswerAttack.self
        case .reaction: ReactionAttack.self
        case .shifts: ShareShiftAttack.self
        case .student: StudentAttack.self
        }
    }
}
