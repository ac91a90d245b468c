package import PrivateDenoising
package import Reporting

extension SchemeName {
    /// What captions say of keys and protections, given the records of encrypted runs; nil where none of them is of this scheme.
    package func caption(_ records: [ResultRecord]) -> String? {
        switch self {
        // The published encoding has Paillier's keys.
        case .paillier: Self.paillierCaption(records.filter { $0.parameters[ParameterName.parameterSet] == nil })
        case .lattice: Self.latticeCaption(records.filter { $0.parameters[ParameterName.parameterSet] != nil })
        case .cleartext, .paper: nil
        }
    }

    private static func paillierCaption(_ records: [ResultRecord]) -> String? {
        let bits = records.words(ParameterName.keyBits)
        guard !bits.isEmpty else { return nil }
        let randomness = records.words(ParameterName.randomness).map { name in
            // Damgard, Jurik, Nielsen 2010, with exponents of half the modulus.
            name == "djn-short" ? "djn-short (about 80 bits of security against the key's owner at 2048)" : name
        }
        func list(_ before: String, _ values: [String], by separator: String = ", ", _ after: String = "") -> String {
            values.isEmpty ? "" : ", \(before)\(values.joined(separator: separator))\(after)"
        }
        return "Paillier key: \(bits.joined(separator: ", ")) bits" + list("randomness ", randomness)
            + list("masks of ", records.words(ParameterName.maskBits), " bits")
            + list(
                "shares hidden in slots up to a distance of ", records.words(ParameterName.distance), by: "; ") + "."
    }

    private static func latticeCaption(_ records: [ResultRecord]) -> String? {
        guard !records.isEmpty else { return nil }
        return
            "Lattice: \(records.words(ParameterName.parameterSet).joined(separator: "; ")); circuit privacy from ring-LWE and "
            + "flooding, distance \(records.words(ParameterName.distance).joined(separator: "; ")); post-quantum: yes."
    }
}
