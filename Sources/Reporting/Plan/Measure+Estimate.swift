/// Records a plan chose, with all records of the experiment beside them, among which counterparts are looked for.
struct RecordSelection {
    /// Derived records included.
    let all: [ResultRecord]
    let filter: RecordFilter
    /// What groups differ in.
    let fields: [RecordField]
    /// Fields that may differ within a group.
    let pooled: [RecordField]
    let bootstrap: Bootstrap.Settings
    /// The table, figure or text that asks, for messages.
    let asker: String

    /// The chosen records, one group per combination of values.
    func groups() throws(ReportingError) -> [RecordGroup] {
        for field in fields + pooled + filter.accepted.keys.sorted(by: { $0.name < $1.name }) {
            guard !RecordField.fixed.contains(field.name), !all.contains(where: { field.value(of: $0) != nil })
            else { continue }
            let known = Set(all.flatMap(\.parameters.keys)).subtracting([ParameterName.cell]).sorted()
            throw .unmatchedPlan(
                asker: asker, name: field.name, valid: RecordField.fixed + known)
        }
        return filter.select(all, layers: asksForLayers).grouped(by: fields)
    }

    /// Otherwise records about a single layer are left out.
    var asksForLayers: Bool { (fields + pooled).contains(.layer) || filter.accepted[.layer] != nil }
}

extension Measure {
    /// The number for one group; nil if the group has no such records.
    /// - Throws: `ReportingError.unmatchedPlan` for a metric no record has, `.mixedRecords` if the records differ in a setting that
    ///   nobody named: their mean would mean nothing.
    func estimate(_ group: RecordGroup, of selection: RecordSelection) throws(ReportingError) -> Estimate? {
        guard Metric(rawValue: metric) != nil || selection.all.contains(where: { $0.metric == metric }) else {
            throw .unmatchedPlan(
                asker: selection.asker, name: metric, valid: Set(selection.all.map(\.metric)).sorted())
        }
        let records = filter.select(group.records.filter { $0.metric == metric }, layers: selection.asksForLayers)
        guard let first = records.first else { return nil }
        try requireOneSetting(records, selection)
        let convert = try conversion(of: first, selection)
        let sample = sample(records)
        switch statistic {
        case .value:
            return sample.estimate(convert(ResultSummary.Row.aggregate(records)))
        case .count:
            return sample.estimate(Double(sample.values.count))
        case .mean:
            return SampleStatistics(sample.values).map { sample.estimate(convert($0.mean)) }
        case .interval:
            return sample.mean(selection.bootstrap)?.converted(convert)
        case .median:
            return SampleStatistics(sample.values).map { sample.estimate(convert($0.median)) }
        case .quartiles:
            return SampleStatistics(sample.values).map {
                sample.estimate($0.median, $0.lowerQuartile...$0.upperQuartile).converted(convert)
            }
        case .difference:
            return ClusteredSample(
                differencesOf: records, from: counterpart(of: group, in: selection),
                acrossNetworks: against.accepted[RecordField("network")] != nil
            )
            .mean(selection.bootstrap)?.converted(convert)
        case .ratio:
            let others = counterpart(of: group, in: selection)
            try requireOneSetting(others, selection)
            let other = others.isEmpty ? 0 : ResultSummary.Row.aggregate(others)
            return other == 0 ? nil : sample.estimate(ResultSummary.Row.aggregate(records) / other)
        }
    }

    /// Unit of what `estimate` gives; nil of counts and ratios, and if no record tells.
    func printedUnit(in records: [ResultRecord]) -> String? {
        guard statistic != .ratio, statistic != .count else { return nil }
        let unit = wantedUnit ?? Metric(rawValue: metric)?.unit ?? records.first { $0.metric == metric }?.unit
        return unit == "1" ? nil : unit
    }

    /// How it is printed unless a plan says otherwise: the usual decimals are those of the usual unit.
    var usualFormat: Table.NumberFormat {
        switch statistic {
        case .count: .decimals(0)
        case .ratio: .significant(3)
        default: unit == nil || unit == MetricDisplay(metric).unit ? MetricDisplay(metric).format : .significant(3)
        }
    }

    private var wantedUnit: String? { unit ?? MetricDisplay(metric).unit }

    private func conversion(
        of record: ResultRecord, _ selection: RecordSelection
    ) throws(ReportingError) -> UnitScale.Conversion {
        guard let wantedUnit, !(statistic == .ratio || statistic == .count) else { return .none }
        guard let conversion = UnitScale.conversion(from: record.unit, to: wantedUnit) else {
            throw .unmatchedPlan(asker: selection.asker, name: wantedUnit, valid: UnitScale.units(from: record.unit))
        }
        return conversion
    }

    /// One value per run for costs, which add up over patches; otherwise one per patch, or per record that is of none.
    private func sample(_ records: [ResultRecord]) -> ClusteredSample {
        guard Metric(rawValue: metric)?.aggregation == .runTotal else {
            return ClusteredSample(records.overTrials.map { ($0.independentUnit, $0.value) })
        }
        let runs = Dictionary(grouping: records) { "\($0.cell ?? "") \($0.trial)" }
        return ClusteredSample(
            runs.sorted { $0.key < $1.key }.map {
                (ClusteredSample.Unit(series: $0.key, place: nil), $0.value.reduce(0) { $0 + $1.value })
            })
    }

    private func requireOneSetting(
        _ records: [ResultRecord], _ selection: RecordSelection
    ) throws(ReportingError) {
        guard let first = records.first else { return }
        let free = Set(selection.pooled.map(\.name)).union([ParameterName.cell])
        let fields = RecordField.settings + Set(records.flatMap(\.parameters.keys)).sorted()
        let dependsOnMachine = Reference.Rule.usual(for: metric) == .informational
        for name in fields where !free.contains(name) && (dependsOnMachine || name != ParameterName.machine) {
            let field = RecordField(name)
            let value = field.value(of: first)
            if records.contains(where: { field.value(of: $0) != value }) {
                throw .mixedRecords(asker: selection.asker, metric: metric, field: name)
            }
        }
    }

    /// Records of the group that this one is compared with: `against` decides, and whatever else they have agrees.
    private func counterpart(of group: RecordGroup, in selection: RecordSelection) -> [ResultRecord] {
        var agreeing: [RecordField: [ParameterValue]] = selection.filter.accepted
        agreeing.merge(filter.accepted) { $1 }
        for (field, value) in zip(selection.fields, group.key) { agreeing[field] = value.map { [$0] } ?? [] }
        let layers = group.records.first?.layer != nil
        return selection.all.filter { record in
            record.metric == metric && (record.layer != nil) == layers && against.admits(record)
                && agreeing.allSatisfy { field, values in
                    guard against.accepted[field] == nil, let value = field.value(of: record) else { return true }
                    return values.contains(value)
                }
        }
    }
}

extension ClusteredSample {
    /// Record minus record, patch by patch; of trials the means. A counterpart without a network goes with any.
    /// - Parameter acrossNetworks: Whether the counterparts are of a network that was named, and go with any other.
    init(differencesOf records: [ResultRecord], from others: [ResultRecord], acrossNetworks: Bool = false) {
        func key(of record: ResultRecord) -> PatchOfNetwork {
            var identity = PatchOfNetwork(record)
            if acrossNetworks { identity.weights = nil }
            return identity
        }
        let known = Dictionary(grouping: others, by: key).mapValues { records in
            records.reduce(0) { $0 + $1.value } / Double(records.count)
        }
        self.init(
            records.overTrials.compactMap { record in
                var identity = key(of: record)
                let own = known[identity]
                identity.weights = nil
                return (own ?? known[identity]).map { (record.independentUnit, record.value - $0) }
            })
    }
}

private struct PatchOfNetwork: Hashable {
    let dataset: Artifact
    let patient: String?
    let slice: Int?
    let patch: Int?
    let size: ParameterValue?
    var weights: Artifact?

    init(_ record: ResultRecord) {
        dataset = record.dataset
        (patient, slice, patch) = (record.patient, record.slice, record.patch)
        size = record.parameters[ParameterName.patchSize]
        weights = record.weights
    }
}

extension [ResultRecord] {
    /// Trials of a patch as one record, of their mean: they measure it again and add no patch.
    fileprivate var overTrials: [ResultRecord] {
        guard let first, contains(where: { $0.trial != first.trial }) else { return self }
        let groups = inGroups { record in
            // What is of no patch stands for itself.
            guard record.patch != nil else { return record }
            var key = record
            (key.trial, key.value) = (1, 0)
            for name in [ParameterName.cell, ParameterName.machine, ParameterName.keysUsed] {
                key.parameters[name] = nil
            }
            return key
        }
        return groups.map { _, trials in
            let values = trials.map(\.value)
            var merged = trials[0]
            // Exactly the value where all agree, which a sum over their number need not be.
            merged.value = values.allSatisfy { $0 == values[0] } ? values[0] : SampleStatistics.mean(values)
            return merged
        }
    }
}

extension ResultRecord {
    /// What is independent of other records of the metric: the slice of a patient, or the whole record where there is none.
    fileprivate var independentUnit: ClusteredSample.Unit {
        patch == nil
            ? ClusteredSample.Unit(series: "\(cell ?? "") \(trial) \(layer ?? "")", place: nil)
            : ClusteredSample.Unit(series: patient ?? "", place: slice ?? -1)
    }
}
