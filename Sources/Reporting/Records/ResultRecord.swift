/// One measured number and everything needed to know what it means: a line of `records.jsonl`.
///
/// Tables and checks are made from records only. A field that does not apply is nil and absent from the line.
package struct ResultRecord: Hashable, Sendable, Codable {
    /// Version of the line format. A reader refuses any other.
    package static let schema = 1

    /// Whose output was measured.
    package enum Method: String, CaseIterable, Codable, Sendable {
        /// The input itself, undenoised.
        case lowDose = "low_dose"
        /// Least-squares 13x13 filter, fitted on the training split.
        case linearFilter = "linear_filter"
        /// The trained network in floating point.
        case float
        /// Its integer network, in the clear.
        case integer
        /// The same integer network on ciphertexts.
        case encrypted
        /// What an attacker makes of a transcript.
        case attack
    }

    package enum Side: String, CaseIterable, Codable, Sendable { case client, server }

    /// Of the line this record was read from.
    private(set) var schema = ResultRecord.schema
    package var experiment: String
    package var parameters: [String: ParameterValue]
    package var method: Method
    package var mode: String?
    package var dataset: Artifact
    package var weights: Artifact?
    package var patient: String?
    package var slice: Int?
    package var patch: Int?
    package var layer: String?
    package var side: Side?
    package var metric: String
    package var value: Double
    package var unit: String
    package var trial: Int

    /// The fields of a line, with what tables and documents are to know of each.
    ///
    /// To add one: a property, its case here and its place in the initialisers, all in this file; then whoever makes such records
    /// says it. It must be optional, so that lines of before can be read.
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case schema, experiment, parameters, method, mode, weights, dataset, layer, side, patient, slice, patch, trial
        case metric, value, unit

        package var meaning: String {
            switch self {
            case .schema: "version of the line format; a reader refuses any other"
            case .experiment: "identifier of the experiment file"
            case .parameters: "settings: texts, numbers, yes or no by name"
            case .method:
                "whose output was measured: `low_dose`, `linear_filter`, `float`, `integer`, `encrypted`, `attack`"
            case .mode: "protocol mode; absent where no protocol is involved"
            case .dataset: "patch file, `NAME@sha256:DIGEST`"
            case .weights: "weights file, `NAME@sha256:DIGEST`; plans call its name without ending `network`"
            case .patient: "of one patch"
            case .slice: "of one patch"
            case .patch: "its index within the split"
            case .layer: "absent means all layers together"
            case .side: "`client` or `server`"
            case .metric: "what was measured"
            case .value: "a finite number"
            case .unit: "of the value; `1` for counts and ratios"
            case .trial: "repetition, from 1"
            }
        }

        /// What plans filter and group by it as; nil for what is said in other ways.
        var name: String? {
            switch self {
            case .schema, .experiment, .parameters, .metric, .value, .unit: nil
            case .weights: "network"
            case .method, .mode, .dataset, .layer, .side, .patient, .slice, .patch, .trial: rawValue
            }
        }

        /// Whether records that differ in it are never averaged unless a plan says so.
        var isSetting: Bool {
            switch self {
            case .method, .mode, .weights, .dataset, .layer: true
            case .schema, .experiment, .parameters, .side, .patient, .slice, .patch, .trial, .metric, .value, .unit:
                false
            }
        }

        /// The value that records are filtered and grouped by; files go by their names without ending.
        func value(of record: ResultRecord) -> ParameterValue? {
            switch self {
            case .method: .text(record.method.rawValue)
            case .mode: record.mode.map(ParameterValue.text)
            case .weights: record.weights.map { .text($0.stem) }
            case .dataset: .text(record.dataset.stem)
            case .layer: record.layer.map(ParameterValue.text)
            case .side: record.side.map { .text($0.rawValue) }
            case .patient: record.patient.map(ParameterValue.text)
            case .slice: record.slice.map(ParameterValue.integer)
            case .patch: record.patch.map(ParameterValue.integer)
            case .trial: .integer(record.trial)
            case .schema, .experiment, .parameters, .metric, .value, .unit: nil
            }
        }
    }

    /// A table for Experiments/README.md, from the fields.
    package static var markdown: String {
        (["| field | meaning |", "| :-- | :-- |"] + CodingKeys.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" })
            .joined(separator: "\n")
    }

    /// A record of one of the shared metrics, whose unit is known.
    package init(
        experiment: String, parameters: [String: ParameterValue] = [:], method: Method, mode: String? = nil,
        dataset: Artifact, weights: Artifact? = nil, patient: String? = nil, slice: Int? = nil, patch: Int? = nil,
        layer: String? = nil, side: Side? = nil, metric: Metric, value: Double, trial: Int = 1
    ) {
        self.init(
            experiment: experiment, parameters: parameters, method: method, mode: mode, dataset: dataset,
            weights: weights, patient: patient, slice: slice, patch: patch, layer: layer, side: side,
            metric: metric.rawValue, value: value, unit: metric.unit, trial: trial)
    }

    /// A record of any metric.
    package init(
        experiment: String, parameters: [String: ParameterValue] = [:], method: Method, mode: String? = nil,
        dataset: Artifact, weights: Artifact? = nil, patient: String? = nil, slice: Int? = nil, patch: Int? = nil,
        layer: String? = nil, side: Side? = nil, metric: String, value: Double, unit: String, trial: Int = 1
    ) {
        self.experiment = experiment
        self.parameters = parameters
        self.method = method
        self.mode = mode
        self.dataset = dataset
        self.weights = weights
        self.patient = patient
        self.slice = slice
        self.patch = patch
        self.layer = layer
        self.side = side
        self.metric = metric
        self.value = value
        self.unit = unit
        self.trial = trial
    }
}
