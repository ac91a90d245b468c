import Foundation
import Paillier
import PrivateDenoising
import Reporting

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

    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? { try key.key.withJSON(comment: comment, body) }

    static func publicFile(of key: PrivateKey, comment: String) throws -> Data? {
        try key.key.publicKey.json(comment: comment)
    }

    static func key(file data: Data, allowInsecure: Bool) throws -> PrivateKey {
        PrivateKey(try Paillier.PrivateKey(json: data, allowInsecure: allowInsecure))
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
}
