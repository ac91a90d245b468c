extension PatchDataset {
    /// Whatever speaks against this data set being what it says: values that are no HU, doses that are equal or exchanged, splits that
    /// share slices or patients. Empty if nothing does.
    public func suspicions() -> [Suspicion] {
        let sets = Split.allCases.map { self[$0] }
        var values = (low: ValueEvidence(), normal: ValueEvidence(), both: ValueEvidence())
        var doses = DoseEvidence()
        for set in sets where set.count > 0 {
            values.low.add(set.lowDose)
            values.normal.add(set.normalDose)
            values.both.add(set.lowDose)
            values.both.add(set.normalDose)
            doses.add(low: set.lowDose, normal: set.normalDose, width: set.width)
        }
        // A few patches of one dose without noise may have a small range: both together have the noise.
        var found = [values.both.suspicion ?? common(values.low.suspicion, values.normal.suspicion), doses.suspicion]
        if found[0] != nil { found[1] = nil }
        return found.compactMap { $0 } + splitSuspicions()
    }

    /// What both doses look like, if both look like something.
    private func common(_ low: Suspicion?, _ normal: Suspicion?) -> Suspicion? {
        guard let low, normal != nil else { return nil }
        return low
    }

    private func splitSuspicions() -> [Suspicion] {
        var found: [Suspicion] = []
        let splits = Split.allCases.filter { self[$0].count > 0 }
        for (index, first) in splits.enumerated() {
            for second in splits[(index + 1)...] {
                let (own, others) = (Set(self[first].slices), Set(self[second].slices))
                let place = "\(first.rawValue) and \(second.rawValue)"
                if let slice = own.intersection(others).min(by: { ($0.patient, $0.slice) < ($1.patient, $1.slice) }) {
                    found.append(
                        Suspicion(.splits, "slice \(slice.slice) of patient '\(slice.patient)' is in \(place)"))
                } else if !record.splitRule.contains("slice range"),
                    let patient = Set(own.map(\.patient)).intersection(others.map(\.patient)).min()
                {
                    found.append(
                        Suspicion(.splits, "patient '\(patient)' is in \(place), whose neighbouring slices are alike"))
                }
            }
        }
        return found
    }
}
