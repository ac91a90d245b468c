import Denoising
import Foundation
import Lattice
import Paillier
package import PrivateDenoising
package import Reporting
import Serving

/// What experiments ask of a scheme beside the protocol. To measure another scheme, conform here.
protocol MeasuredScheme: ServableScheme, FiledKeys {
    static func makeKey(_ settings: KeySettings) throws -> PrivateKey
    /// Whether a key may be used only so often.
    static var keysWear: Bool { get }
    /// Key and parameters in a few words, for files that tell how they were made.
    static func words(of key: PrivateKey) -> String
    /// How tables name a key.
    static func parameters(of key: PrivateKey) -> [String: ParameterValue]
    /// What a run takes of a key that may be used only so often; nil where a key serves for ever.
    /// - Throws: What preparing the layers throws, and `schemeMismatch` where not even a fresh key is enough.
    static func wear(of key: PrivateKey, by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear?
    /// What captions say of keys and protections, given the records of encrypted runs of any scheme; nil where none of them is of this.
    static func caption(_ records: [ResultRecord]) -> String?
    /// Bits of security that a key has, of `keyBits` bits where keys have a size; nil where nothing is encrypted.
    static func securityBits(keyBits: Int?) -> Int?
    /// How fast this machine works with the key, for predictions; nil where nothing is encrypted.
    static func speed(with key: PrivateKey, threads: Int) throws -> MachineSpeed?
    /// What `key:` asks for that cannot be had, or nil.
    /// - Parameter consent: How a weak key would be allowed, in the words of whoever asks.
    static func objection(to settings: KeySettings, consent: String) -> String?
    /// Whether `key:` says anything about it.
    static var hasKeySettings: Bool { get }
    /// Reads a private key's file back, whatever its size: a published key protects nothing.
    /// - Throws: What reading a key throws; `foreignKey` where there is none and one is needed.
    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> PrivateKey
}

/// The share of a key's budget that one run takes.
struct KeyWear {
    /// 0 to 1.
    let share: Double
    /// The distance of the answers from ones that the network has no part in, and what a key may come to.
    let words: String
    /// How tables name it.
    var parameters: [String: ParameterValue] { [ParameterName.distance: .text(words)] }
}

extension MeasuredScheme {
    static var keysWear: Bool { false }
    static var hasKeySettings: Bool { true }
    static func objection(to settings: KeySettings, consent: String) -> String? { nil }
    static func securityBits(keyBits: Int?) -> Int? { nil }
    /// The private key's file, for keys that are published; nil where there is none.
    static func published(_ key: PrivateKey, comment: String) throws -> Data? {
        try withFile(of: key, comment: comment) { Data($0) }
    }
    static func wear(of key: PrivateKey, by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? { nil }
    static func caption(_ records: [ResultRecord]) -> String? { nil }
}

extension SchemeName {
    /// Nil for an encoding that runs no protocol: every scheme of the protocol conforms.
    var measured: (any MeasuredScheme.Type)? { scheme as? any MeasuredScheme.Type }

    /// What captions say of keys and protections, given the records of encrypted runs; nil where none of them is of this scheme.
    package func caption(_ records: [ResultRecord]) -> String? { measured?.caption(records) }
}

extension ExperimentScheme {
    /// What client and server exchange messages under; nil where they exchange none.
    var measured: (any MeasuredScheme.Type)? { name?.measured }
    /// Whether `key:` says anything about it.
    var hasKeySettings: Bool { measured?.hasKeySettings ?? true }
}

extension PaillierScheme: MeasuredScheme {
    static func makeKey(_ settings: KeySettings) throws -> PrivateKey {
        PrivateKey(
            try Paillier.PrivateKey(bits: settings.bits, allowInsecure: settings.insecure),
            randomness: settings.randomness)
    }

    static func words(of key: PrivateKey) -> String { "scheme Paillier, key of \(key.key.publicKey.bits) bits" }

    static func parameters(of key: PrivateKey) -> [String: ParameterValue] {
        [
            ParameterName.keyBits: .integer(key.key.publicKey.bits),
            ParameterName.randomness: .text(publicKey(of: key).randomness.rawValue),
            ParameterName.clientRandomness: .text(key.randomness.rawValue),
        ]
    }

    static func securityBits(keyBits: Int?) -> Int? {
        keyBits.flatMap { Paillier.PublicKey.securityBits(modulus: $0) } ?? 0
    }

    static func speed(with key: PrivateKey, threads: Int) throws -> MachineSpeed? {
        try MachineSpeed(key, threads: threads)
    }

    static func objection(to settings: KeySettings, consent: String) -> String? {
        KeySettings.objection(to: settings.bits, insecure: settings.insecure, consent: consent)
    }

    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> PrivateKey {
        guard let data else { throw PrivateDenoisingError.foreignKey(name) }
        return PrivateKey(try Paillier.PrivateKey(json: data, allowInsecure: true))
    }

    /// The published encoding has Paillier's keys, and its records are among these.
    static func caption(_ records: [ResultRecord]) -> String? {
        let records = records.filter { $0.parameters[ParameterName.parameterSet] == nil }
        let bits = records.words(ParameterName.keyBits)
        guard !bits.isEmpty else { return nil }
        let randomness = records.words(ParameterName.randomness).map { name in
            // Damgard, Jurik, Nielsen 2010, with exponents of half the modulus.
            name == "djn-short" ? "djn-short (about 80 bits of security against the key's owner at 2048)" : name
        }
        func list(_ before: String, _ values: [String], by separator: String = ", ", _ after: String = "") -> String {
            values.isEmpty ? "" : ", \(before)\(values.joined(separator: separator))\(after)"
        }
        let security = bits.compactMap { Int($0) }
            .map { Paillier.PublicKey.securityBits(modulus: $0).map(String.init) ?? "below 80" }
        return
            "Paillier key: \(bits.joined(separator: ", ")) bits (\(security.joined(separator: ", ")) bits of security, post-quantum: no)"
            + list("randomness ", randomness)
            + list("masks of ", records.words(ParameterName.maskBits), " bits")
            + list(
                "shares hidden in slots up to a distance of ", records.words(ParameterName.distance), by: "; ") + "."
    }

    /// Where shares are hidden in slots: distances of sessions add up.
    static func wear(of key: PrivateKey, by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? {
        guard let distance = agreement.shareDistance else { return nil }
        let image = distance - log2(Double(agreement.images.count))
        let budget = Agreement.shareDistanceBudget
        return KeyWear(
            share: exp2(distance - budget),
            words: "2^\(exponent(image)) an image, 2^\(exponent(distance)) for \(agreement.images.count), "
                + "a key's budget 2^\(Int(budget))")
    }
}

extension CleartextScheme: MeasuredScheme {
    static func makeKey(_ settings: KeySettings) -> Key { Key(pretendingKeyBits: settings.bits) }
    static func words(of key: Key) -> String { "no encryption" }
    static func parameters(of key: Key) -> [String: ParameterValue] { [:] }
    static func speed(with key: Key, threads: Int) -> MachineSpeed? { nil }
    static func caption(_ records: [ResultRecord]) -> String? {
        records.contains { $0.parameters[ParameterName.scheme]?.text == name.rawValue }
            ? "Cleartext: nothing is encrypted, 0 bits of security." : nil
    }
    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> Key {
        guard let key = Key(parameters) else { throw PrivateDenoisingError.foreignKey(name) }
        return key
    }
}

extension LatticeScheme: MeasuredScheme {
    static let keysWear = true
    /// The parameter set decides everything.
    static let hasKeySettings = false

    /// A key has no size of its own: the parameter set decides.
    static func makeKey(_ settings: KeySettings) throws -> SecretKey { try SecretKey() }

    static func words(of key: SecretKey) -> String { "scheme lattice, parameter set \(parameterSet(of: key))" }

    static func parameters(of key: SecretKey) -> [String: ParameterValue] {
        [ParameterName.parameterSet: .text(parameterSet(of: key))]
    }

    private static func parameterSet(of key: SecretKey) -> String { words(of: key.publicKey.parameters) }

    private static func words(of set: LatticeParameters) -> String {
        "\(set.name), N \(LatticeParameters.degree), log q \(Int(set.modulusBits.rounded())), "
            + "\(Int(set.estimatedBits)) bits by the estimator (\(set.standardBits) by the standard)"
    }

    static func securityBits(keyBits: Int?) -> Int? { LatticeParameters.flooded.standardBits }

    static func speed(with key: SecretKey, threads: Int) throws -> MachineSpeed? {
        try MachineSpeed(ofRunUnder: self, key, threads: threads)
    }

    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> SecretKey {
        guard let data else { throw PrivateDenoisingError.foreignKey(name) }
        return try SecretKey(json: data)
    }

    static func caption(_ records: [ResultRecord]) -> String? {
        let attacked = records.contains { $0.parameters[ParameterName.scheme]?.text == name.rawValue }
        let records = records.filter { $0.parameters[ParameterName.parameterSet] != nil }
        guard !records.isEmpty else {
            // Attacks take keys of the usual set, and what they are made on may lack the other protections.
            return attacked ? "Lattice: \(words(of: .flooded)); post-quantum: yes." : nil
        }
        return
            "Lattice: \(records.words(ParameterName.parameterSet).joined(separator: "; ")); circuit privacy from ring-LWE and "
            + "flooding, distance \(records.words(ParameterName.distance).joined(separator: "; ")); post-quantum: yes."
    }

    /// Answers under one key are within a distance of ones that the network has no part in, which grows with the square
    /// root of the number of images: a share of the budget an image, so that networks of different distances can follow
    /// each other under one key.
    static func wear(of key: SecretKey, by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? {
        guard let distance = try floodingDistance(agreement: agreement, network: network) else { return nil }
        try requireDistance(agreement, network)
        let (images, allowed) = (agreement.images.count, distance.patches(within: distanceBudget))
        guard images <= allowed else {
            throw PrivateDenoisingError.schemeMismatch(
                scheme: name,
                reason:
                    "\(images) images in one run pass a key's budget of 2^\(Int(distanceBudget)), which is \(allowed) of them"
            )
        }
        let asked = agreement.shareBits == nil ? "" : ", 2^-40 asked of a patch and kept"
        return KeyWear(
            share: Double(images) / Double(allowed),
            words: "2^\(exponent(distance.log2Distance())) an image\(asked), "
                + "2^\(exponent(distance.log2Distance(patches: images))) for \(images), expected over honest encryption "
                + "noise, a key's budget 2^\(Int(distanceBudget))")
    }
}

private func exponent(_ value: Double) -> String { String(format: "%.1f", value) }

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
        if let wear = try Scheme.wear(of: made.key, by: agreement, network) {
            var budget = made.budget
            if budget.spend(wear.share) { made = try Self.fresh(scheme, settings) }
            made.budget = budget
            made.parameters = Scheme.parameters(of: made.key).merging(wear.parameters) { $1 }
            made.parameters[ParameterName.keysUsed] = .integer(made.budget.number)
        }
        self.made[Kind(scheme: Scheme.name, settings: settings)] = made
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
