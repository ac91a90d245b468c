package import Foundation

extension ResultRecord: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema, experiment, parameters, method, mode, dataset, weights, patient, slice, patch, layer, side
        case metric, value, unit, trial
        case n, minimum, baseline, ratio
    }

    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try container.decode(Int.self, forKey: .schema)
        guard schema == Self.schema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container, debugDescription: "is \(schema); expected \(Self.schema)")
        }
        self.init(
            experiment: try container.decode(String.self, forKey: .experiment),
            parameters: try container.decode([String: ParameterValue].self, forKey: .parameters),
            method: try container.decode(Method.self, forKey: .method),
            mode: try container.decodeIfPresent(String.self, forKey: .mode),
            dataset: try container.decode(Artifact.self, forKey: .dataset),
            weights: try container.decodeIfPresent(Artifact.self, forKey: .weights),
            patient: try container.decodeIfPresent(String.self, forKey: .patient),
            slice: try container.decodeIfPresent(Int.self, forKey: .slice),
            patch: try container.decodeIfPresent(Int.self, forKey: .patch),
            layer: try container.decodeIfPresent(String.self, forKey: .layer),
            side: try container.decodeIfPresent(Side.self, forKey: .side),
            metric: try container.decode(String.self, forKey: .metric),
            value: try container.decode(Double.self, forKey: .value),
            unit: try container.decode(String.self, forKey: .unit),
            trial: try container.decode(Int.self, forKey: .trial),
            n: try container.decodeIfPresent(Int.self, forKey: .n),
            minimum: try container.decodeIfPresent(Double.self, forKey: .minimum),
            baseline: try container.decodeIfPresent(Baseline.self, forKey: .baseline),
            ratio: try container.decodeIfPresent(Double.self, forKey: .ratio))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.schema, forKey: .schema)
        try container.encode(experiment, forKey: .experiment)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(method, forKey: .method)
        try container.encodeIfPresent(mode, forKey: .mode)
        try container.encode(dataset, forKey: .dataset)
        try container.encodeIfPresent(weights, forKey: .weights)
        try container.encodeIfPresent(patient, forKey: .patient)
        try container.encodeIfPresent(slice, forKey: .slice)
        try container.encodeIfPresent(patch, forKey: .patch)
        try container.encodeIfPresent(layer, forKey: .layer)
        try container.encodeIfPresent(side, forKey: .side)
        try container.encode(metric, forKey: .metric)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(trial, forKey: .trial)
        try container.encodeIfPresent(n, forKey: .n)
        try container.encodeIfPresent(minimum, forKey: .minimum)
        try container.encodeIfPresent(baseline, forKey: .baseline)
        try container.encodeIfPresent(ratio, forKey: .ratio)
    }
}

extension ResultRecord {
    /// The record as one line of JSON without its newline: keys sorted, numbers in the shortest form that reads back
    /// exactly, so that equal records are equal bytes.
    package func jsonLine() throws(ReportingError) -> Data {
        do {
            return try JSON.lineEncoder.encode(self)
        } catch {
            // Every other field always encodes; JSON has no infinity and no NaN.
            throw .nonFiniteValue(metric: metric)
        }
    }

    /// Reads one line strictly: an unknown, missing or ill-typed field is an error.
    package init(jsonLine: Data, file: String, line: Int) throws(ReportingError) {
        do {
            self = try JSON.decoder.decode(ResultRecord.self, from: jsonLine)
        } catch {
            throw .malformedRecord(file: file, line: line, problem: JSON.problem(error))
        }
    }
}
