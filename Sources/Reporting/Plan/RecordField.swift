/// What records are filtered and grouped by: one of their fields, or one of their parameters.
///
/// The fields are those of `ResultRecord.CodingKeys` that have a name for this. Any other name is that of a parameter.
package struct RecordField: Hashable, Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    static let method = RecordField("method")
    static let layer = RecordField("layer")

    /// The value in a record; nil where the record has none.
    func value(of record: ResultRecord) -> ParameterValue? {
        guard let field = Self.fields[name] else { return record.parameters[name] }
        return field.value(of: record)
    }

    private static let fields = Dictionary(
        uniqueKeysWithValues: ResultRecord.CodingKeys.allCases.compactMap { field in field.name.map { ($0, field) } })

    /// Names that need no parameter.
    package static let fixed = ResultRecord.CodingKeys.allCases.compactMap(\.name)
    /// Those in which records that are averaged agree unless a plan says otherwise.
    static let settings = ResultRecord.CodingKeys.allCases.filter(\.isSetting).compactMap(\.name)

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
