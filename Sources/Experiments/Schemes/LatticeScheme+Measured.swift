import Foundation
import Lattice
import PrivateDenoising
import Reporting

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

    static func isKeyFile(_ data: Data) -> Bool { SecretKey.isKeyFile(data) }

    static func withFile<Result>(
        of key: SecretKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? { try key.withJSON(comment: comment, body) }

    static func publicFile(of key: SecretKey, comment: String) throws -> Data? {
        try key.publicKey.json(comment: comment)
    }

    static func key(file data: Data, allowInsecure: Bool) throws -> SecretKey { try SecretKey(json: data) }

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
}
