extension PatchDataset {
    /// Whatever speaks against this data set being what it says: values that are no HU, doses that are equal or exchanged, splits that
    /// share slices or patients. Empty if nothing does.
    public func suspicions() -> [Suspicion] {
        let splits = Split.allCases.filter { self[$0].count > 0 }
        var found = suspicions(of: splits)
        if found.isEmpty {
            // Another kind of values in one split is lost among those of all.
            found = splits.flatMap { split in
                suspicions(of: [split]).map { Suspicion($0.matter, "\(split.rawValue): \($0.text)") }
            }
        }
        return found + (found.isEmpty ? pairingSuspicions() : []) + patchSuspicions() + splitSuspicions()
    }

    private func suspicions(of splits: [Split]) -> [Suspicion] {
        var values = (low: ValueEvidence(), normal: ValueEvidence(), both: ValueEvidence())
        var doses = DoseEvidence()
        for set in splits.map({ self[$0] }) {
            values.low.add(set.lowDose)
            values.normal.add(set.normalDose)
            values.both.add(set.lowDose)
            values.both.add(set.normalDose)
            doses.add(low: set.lowDose, normal: set.normalDose, width: set.width)
        }
        // A few patches of one dose without noise may have a small range: both together have the noise.
        var found = [values.both.suspicion ?? common(values.low.suspicion, values.normal.suspicion), doses.suspicion]
        if found[0] != nil { found[1] = nil }
        return found.compactMap { $0 }
    }

    /// Patches that are measured on and have one dose twice, as far as a network's usual window sees them: their PSNR has no value.
    private func patchSuspicions() -> [Suspicion] {
        [Split.validation, .test].compactMap { split in
            let set = self[split]
            let size = set.width * set.height
            let window = HounsfieldWindow.standard
            let equal = (0..<set.count).first { index in
                (index * size..<(index + 1) * size).allSatisfy {
                    window.clip(set.lowDose[$0]) == window.clip(set.normalDose[$0])
                }
            }
            return equal.map {
                Suspicion(.doses, "patch \($0) of \(split.rawValue) is the same in both doses, so that it has no PSNR")
            }
        }
    }

    /// Doses in different orders: most patches lie nearer to the normal dose of another patch than to their own. Where pairs are right,
    /// another's differs by the noise and by all that is to be seen.
    private func pairingSuspicions() -> [Suspicion] {
        Split.allCases.compactMap { split in
            let set = self[split]
            let looked = set.sampled
            let strays = looked.count { set.isNearerToAnother($0, among: looked) }
            guard 2 * strays > looked.count else { return nil }
            return Suspicion(
                .doses,
                "\(strays) of \(looked.count) patches of \(split.rawValue) are nearer to the normal dose of another patch than to "
                    + "their own, as if the doses were in different orders")
        }
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

extension PatchSet {
    /// At most 32 patches, evenly spaced.
    fileprivate var sampled: [Int] {
        let number = min(32, count)
        return (0..<number).map { $0 * count / number }
    }

    /// Whether the normal dose of another patch - a sampled one, a neighbour, or the one as far from the end as this is from the
    /// start - is at most half as far (sum of squared differences) from the low dose of `patch` as its own.
    fileprivate func isNearerToAnother(_ patch: Int, among sample: [Int]) -> Bool {
        let own = distance(patch, patch)
        return (sample + [patch - 1, patch + 1, count - 1 - patch]).contains { other in
            other != patch && (0..<count).contains(other) && 2 * distance(patch, other) < own
        }
    }

    private func distance(_ low: Int, _ normal: Int) -> Float {
        let size = width * height
        var sum: Float = 0
        for pixel in 0..<size {
            let difference = lowDose[low * size + pixel] - normalDose[normal * size + pixel]
            sum += difference * difference
        }
        return sum
    }
}
