extension DenoisingTable {
    /// The caption: threat model, data, key, trials and machine, each read from the records or the environment.
    static func caption(
        _ records: [ResultRecord], _ summary: ResultSummary, _ environment: RunEnvironment,
        _ modeNotes: [String: String]
    ) -> String {
        let sentences = [
            threatModel(summary, modeNotes), data(records), key(records), precision(records), runs(summary),
            "Machine: \(environment.machine).",
        ]
        return sentences.compactMap { $0 }.joined(separator: " ")
    }

    private static func threatModel(_ summary: ResultSummary, _ notes: [String: String]) -> String? {
        let modes = distinct(summary.rows.compactMap(\.key.mode))
        guard !modes.isEmpty else { return nil }
        let views = modes.map { mode in notes[mode].map { "\(mode): \($0)" } ?? mode }
        return "Client and server are semi-honest; what the client sees: \(views.joined(separator: "; "))."
    }

    private static func data(_ records: [ResultRecord]) -> String? {
        let files = distinct(records.map(\.dataset.shortDescription))
        guard !files.isEmpty else { return nil }
        let noise = distinct(records.compactMap { $0.parameters[ParameterName.noise]?.number })
            .map { "\(Table.NumberFormat.decimals(1).text($0)) HU" }
        let measured = noise.isEmpty ? "" : ", noise of the low dose \(noise.joined(separator: ", "))"
        return "Data: \(files.joined(separator: ", "))\(measured)."
    }

    private static func key(_ records: [ResultRecord]) -> String? {
        let encrypted = records.filter { $0.method == .encrypted }
        let bits = values(ParameterName.keyBits, encrypted)
        guard !bits.isEmpty else { return nil }
        let randomness = values(ParameterName.randomness, encrypted).map { name in
            // Damgard, Jurik, Nielsen 2010, with exponents of half the modulus.
            name == "djn-short" ? "djn-short (about 80 bits of security against the key's owner at 2048)" : name
        }
        let kind = randomness.isEmpty ? "" : ", randomness \(randomness.joined(separator: ", "))"
        let mask = values(ParameterName.maskBits, encrypted)
        let masks = mask.isEmpty ? "" : ", masks of \(mask.joined(separator: ", ")) bits"
        return "Paillier key: \(bits.joined(separator: ", ")) bits\(kind)\(masks)."
    }

    private static func precision(_ records: [ResultRecord]) -> String? {
        let weights = values(ParameterName.weightBits, records)
        let activations = values(ParameterName.activationBits, records)
        guard !weights.isEmpty, !activations.isEmpty else { return nil }
        return "Integer weights of \(weights.joined(separator: ", ")) bits, "
            + "activations of \(activations.joined(separator: ", ")) bits."
    }

    private static func runs(_ summary: ResultSummary) -> String? {
        guard let trials = summary.rows.map(\.trials).max() else { return nil }
        let median = trials > 1 ? ", median of \(trials) trials" : ", one trial"
        return
            "Quality is the mean over patches; seconds, bytes and counts are for all patches of a row together\(median)."
    }

    private static func values(_ name: String, _ records: [ResultRecord]) -> [String] {
        distinct(records.compactMap { $0.parameters[name]?.description })
    }

    /// The elements without repetitions, in order of first appearance.
    private static func distinct<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }
}
