/// What records are filtered and grouped by: one of their fields, or one of their parameters.
///
/// The fields are `method`, `mode`, `network` (file name of the weights, without its extension), `dataset`, `layer`, `side`,
/// `patient`, `slice`, `patch` and `trial`. Any other name is that of a parameter.
package struct RecordField: Hashable, Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    static let method = RecordField("method")
    static let layer = RecordField("layer")

    /// The value in a record; nil where the record has none.
    func value(of record: ResultRecord) -> ParameterValue? {
        Fixed(rawValue: name)?.value(of: record) ?? record.parameters[name]
    }

    /// The fields that every record has a place for.
    private enum Fixed: String, CaseIterable {
        case method, mode, network, dataset, layer, side, patient, slice, patch, trial

        func value(of record: ResultRecord) -> ParameterValue? {
            switch self {
            case .method: .text(record.method.rawValue)
            case .mode: record.mode.map(ParameterValue.text)
            case .network: record.weights.map { .text($0.stem) }
            case .dataset: .text(record.dataset.stem)
            case .layer: record.layer.map(ParameterValue.text)
            case .side: record.side.map { .text($0.rawValue) }
            case .patient: record.patient.map(ParameterValue.text)
            case .slice: record.slice.map(ParameterValue.integer)
            case .patch: record.patch.map(ParameterValue.integer)
            case .trial: .integer(record.trial)
            }
        }
    }

    /// Names that need no parameter.
    package static let fixed = Fixed.allCases.map(\.rawValue)

    /// How a column or an axis is headed, and in which unit.
    var heading: (title: String, unit: String?) {
        switch name {
        case ParameterName.keyBits: ("key", "bit")
        case ParameterName.weightBits: ("weights", "bit")
        case ParameterName.activationBits: ("activations", "bit")
        case ParameterName.maskBits: ("mask", "bit")
        case ParameterName.patchSize: ("size", "px")
        case ParameterName.noise: ("noise", "HU")
        default: (name.replacing("_", with: " "), nil)
        }
    }
}

/// Conditions on fields that a record must all meet.
package struct RecordFilter: Hashable, Sendable {
    /// Accepted values by field; the text `none` accepts a record without the field.
    package var accepted: [RecordField: [ParameterValue]]

    package init(_ accepted: [RecordField: [ParameterValue]] = [:]) { self.accepted = accepted }

    func admits(_ record: ResultRecord) -> Bool {
        accepted.allSatisfy { field, values in values.contains(field.value(of: record) ?? .text("none")) }
    }

    /// The records that meet the conditions. Records about a single layer are left out unless something asks for layers.
    func select(_ records: [ResultRecord], layers: Bool) -> [ResultRecord] {
        let wantsLayers = layers || accepted[.layer] != nil
        return records.filter { (wantsLayers || $0.layer == nil) && admits($0) }
    }
}
