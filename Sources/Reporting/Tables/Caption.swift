/// What a caption must say: threat model, data, key, precision, trials and machine, each read from records or environment.
enum Caption {
    /// - Parameters:
    ///   - lead: The plan's own words, first.
    ///   - notes: Sentences about how the numbers were made.
    static func text(
        _ records: [ResultRecord], lead: String? = nil, notes: [String], environment: RunEnvironment,
        modeNotes: [String: String]
    ) -> String {
        let sentences =
            [lead, threatModel(records, modeNotes), data(records), key(records), precision(records)] + notes
            + ["Machine: \(environment.machine)."]
        return sentences.compactMap { $0 }.joined(separator: " ")
    }

    /// How the usual numbers are summed up.
    static func summing(_ summary: ResultSummary) -> String? {
        guard let trials = summary.rows.map(\.trials).max() else { return nil }
        let median = trials > 1 ? ", median of \(trials) trials" : ", one trial"
        return
            "Quality is the mean over patches; seconds, bytes and counts are for all patches of a row together\(median)."
    }

    /// That network times are not measured, and how they come about.
    static let networkTimes: String = {
        let links = NetworkLink.all.map { link in
            let rate = ParameterValue.number(link.bitsPerSecond / 1e6)
            let trip = ParameterValue.number(link.roundTripSeconds * 1e3)
            return "\(link.name) \(rate) Mbit/s and \(trip) ms"
        }
        return "Network times are derived, not measured: all bytes over the rate plus a round trip per round, "
            + "\(links.joined(separator: ", "))."
    }()

    private static func threatModel(_ records: [ResultRecord], _ notes: [String: String]) -> String? {
        let modes = records.compactMap(\.mode).distinct
        guard !modes.isEmpty else { return nil }
        let views = modes.map { mode in notes[mode].map { "\(mode): \($0)" } ?? mode }
        // Who attacks, and how, differs from attack to attack: their captions say it in their own words.
        let parties = records.allSatisfy { $0.method == .attack } ? "What" : "Client and server are semi-honest; what"
        return "\(parties) the client sees: \(views.joined(separator: "; "))."
    }

    private static func data(_ records: [ResultRecord]) -> String? {
        let files = records.map(\.dataset.shortDescription).distinct
        guard !files.isEmpty else { return nil }
        let noise = records.compactMap { $0.parameters[ParameterName.noise]?.number }.distinct
            .map { "\(Table.NumberFormat.decimals(1).text($0)) HU" }
        let measured = noise.isEmpty ? "" : ", noise of the low dose \(noise.joined(separator: ", "))"
        return "Data: \(files.joined(separator: ", "))\(measured)."
    }

    private static func key(_ records: [ResultRecord]) -> String? {
        let encrypted = records.filter { $0.method == .encrypted }
        let bits = values(ParameterName.keyBits, encrypted)
        let sets = values(ParameterName.parameterSet, encrypted)
        let lattice =
            sets.isEmpty
            ? nil
            : "Lattice: \(sets.joined(separator: "; ")); circuit privacy from ring-LWE and flooding, distance "
                + "\(values(ParameterName.distance, encrypted).joined(separator: "; ")); post-quantum: yes."
        guard !bits.isEmpty else { return lattice }
        let randomness = values(ParameterName.randomness, encrypted).map { name in
            // Damgard, Jurik, Nielsen 2010, with exponents of half the modulus.
            name == "djn-short" ? "djn-short (about 80 bits of security against the key's owner at 2048)" : name
        }
        let kind = randomness.isEmpty ? "" : ", randomness \(randomness.joined(separator: ", "))"
        let mask = values(ParameterName.maskBits, encrypted)
        let masks = mask.isEmpty ? "" : ", masks of \(mask.joined(separator: ", ")) bits"
        let paillier = "Paillier key: \(bits.joined(separator: ", ")) bits\(kind)\(masks)."
        return lattice.map { "\(paillier) \($0)" } ?? paillier
    }

    private static func precision(_ records: [ResultRecord]) -> String? {
        let weights = values(ParameterName.weightBits, records)
        let activations = values(ParameterName.activationBits, records)
        guard !weights.isEmpty, !activations.isEmpty else { return nil }
        return "Integer weights of \(weights.joined(separator: ", ")) bits, "
            + "activations of \(activations.joined(separator: ", ")) bits."
    }

    private static func values(_ name: String, _ records: [ResultRecord]) -> [String] {
        records.compactMap { $0.parameters[name]?.description }.distinct
    }
}
