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
    /// Identifier of the experiment file.
    package var experiment: String
    package var parameters: [String: ParameterValue]
    package var method: Method
    /// Protocol mode, as named in the experiment file; nil where no protocol is involved.
    package var mode: String?
    package var dataset: Artifact
    package var weights: Artifact?
    package var patient: String?
    package var slice: Int?
    /// Index of the patch within its split.
    package var patch: Int?
    /// Layer name; nil means all layers together.
    package var layer: String?
    package var side: Side?
    package var metric: String
    package var value: Double
    /// Unit of `value`; `1` for counts and ratios.
    package var unit: String
    /// Repetition, from 1.
    package var trial: Int

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
