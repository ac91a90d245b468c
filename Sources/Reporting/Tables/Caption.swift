/// What stands over a table or under a figure: a few sentences, and notes that a reader looks up.
package struct Caption: Equatable, Sendable {
    /// The most characters that `text` has.
    package static let limit = 300

    /// Without markup.
    package let text: String
    /// One sentence or more each, without markup: threat model, data, key, statistics, machine.
    package let notes: [String]

    /// A caption of whole sentences; what goes beyond `limit` becomes the first note.
    package init(_ words: String, notes: [String] = []) {
        let (text, rest) = Self.divided(words)
        self.text = text
        self.notes = (rest.map { [$0] } ?? []) + notes
    }

    /// - Parameters:
    ///   - lead: What the table or figure shows.
    ///   - statistics: Sentences about how the numbers were made.
    init(_ lead: String, of records: [ResultRecord], statistics: [String], context: ReportContext) {
        let facts = [
            context.incompleteness, Self.threatModel(records, context.modeNotes), Self.data(records),
            Self.keys(records, context.schemeNotes),
            Self.precision(records),
        ]
        let doubts = TimingDoubts(records)
        self.init(
            lead,
            notes: facts.compactMap { $0 } + statistics + doubts.sentences
                + [
                    doubts.isBusy ? nil : Self.load(records),
                    "Machine: \(context.environment.machine). \(context.environment.made).",
                ]
                .compactMap { $0 })
    }

    private static func divided(_ words: String) -> (text: String, rest: String?) {
        guard words.count > limit else { return (words, nil) }
        var text = ""
        for sentence in words.sentences {
            guard text.count + sentence.count < limit else { break }
            text += (text.isEmpty ? "" : " ") + sentence
        }
        guard text.isEmpty else { return (text, String(words.dropFirst(text.count).drop { $0 == " " })) }
        let cut = words.prefix(limit - 4)
        return (String(cut[..<(cut.lastIndex(of: " ") ?? cut.endIndex)]) + " ...", words)
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

    /// What other processes took while the seconds were measured.
    private static func load(_ records: [ResultRecord]) -> String? {
        let cores = records.filter { $0.metric == Metric.otherLoad.rawValue }.map(\.value)
        guard let statistics = SampleStatistics(cores) else { return nil }
        func text(_ value: Double) -> String { Table.NumberFormat.decimals(2).text(value) }
        return "While it was measured other processes used \(text(statistics.median)) cores "
            + "(median of \(statistics.n) runs, at most \(text(statistics.maximum)))."
    }

    private static func threatModel(_ records: [ResultRecord], _ notes: [String: String]) -> String? {
        let modes = records.compactMap(\.mode).distinct
        guard !modes.isEmpty else { return nil }
        let views = modes.map { mode in notes[mode].map { "\(mode): \($0)" } ?? mode }
        // Who attacks, and how, differs from attack to attack: their captions say it in their own words.
        let parties = records.allSatisfy { $0.method == .attack } ? "What" : "Client and server are semi-honest; what"
        let shared =
            modes.contains("shared")
            ? " In mode shared neither learns more from what it sees: computational (128 bits: AES-128, base transfers on P-256, which "
                + "are not post-quantum) and the distance below; a party that deviates is not kept from learning."
            : ""
        return "\(parties) the client sees: \(views.joined(separator: "; ")).\(shared)"
    }

    private static func data(_ records: [ResultRecord]) -> String? {
        let files = records.map(\.dataset.shortDescription).distinct
        guard !files.isEmpty else { return nil }
        let noise = records.compactMap { $0.parameters[ParameterName.noise]?.number }.distinct
            .map { "\(Table.NumberFormat.decimals(1).text($0)) HU" }
        let measured = noise.isEmpty ? "" : ", noise of the low dose \(noise.joined(separator: ", "))"
        return "Data: \(files.joined(separator: ", "))\(measured)."
    }

    private static func keys(
        _ records: [ResultRecord], _ notes: [@Sendable ([ResultRecord]) -> String?]
    ) -> String? {
        // Attacks are made on what was encrypted, or on a control that was not.
        let encrypted = records.filter { $0.method == .encrypted || $0.method == .attack }
        let said = notes.compactMap { $0(encrypted) }
        return said.isEmpty ? nil : said.joined(separator: " ")
    }

    private static func precision(_ records: [ResultRecord]) -> String? {
        let weights = records.words(ParameterName.weightBits)
        let activations = records.words(ParameterName.activationBits)
        guard !weights.isEmpty, !activations.isEmpty else { return nil }
        return "Integer weights of \(weights.joined(separator: ", ")) bits, "
            + "activations of \(activations.joined(separator: ", ")) bits."
    }
}

extension [ResultRecord] {
    /// The distinct values of a parameter in words, in order of first appearance.
    package func words(_ parameter: String) -> [String] {
        compactMap { $0.parameters[parameter]?.description }.distinct
    }
}

extension Caption: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension String {
    /// Split after every full stop, question or exclamation mark that a space follows.
    fileprivate var sentences: [String] {
        var sentences: [String] = []
        var current = ""
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            current += (current.isEmpty ? "" : " ") + word
            guard let last = word.last, ".?!".contains(last) else { continue }
            sentences.append(current)
            current = ""
        }
        return current.isEmpty ? sentences : sentences + [current]
    }
}
