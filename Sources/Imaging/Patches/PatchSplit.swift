/// What a patch is used for.
public enum Split: String, CaseIterable, Sendable, Codable {
    case train, validation, test
}

/// A slice by the name of its patient and its number in the scan.
public struct SliceName: Hashable, Sendable {
    public let patient: String
    public let slice: Int

    public init(patient: String, slice: Int) {
        self.patient = patient
        self.slice = slice
    }
}

/// Which slices train, validate and test: whole patients where there are at least three, otherwise ranges of each
/// patient's slices with a gap, because neighbouring slices show the same anatomy.
public struct PatchSplit: Equatable, Sendable {
    /// One sentence for the record: the attribute `split_rule`.
    public let rule: String
    private let splits: [SliceName: Split]

    /// Slices left out between two ranges.
    public static let gap = 3

    /// - Parameter slices: The slices that hold a patch, in the order of the scan. About a quarter of the patients (or
    ///   slices), at least one, test; about a seventh, at least one, validate; the rest trains.
    /// - Throws: `ImagingError.tooFewSlices`.
    public init(_ slices: [SliceName]) throws(ImagingError) {
        var patients: [String] = []
        for slice in slices where !patients.contains(slice.patient) { patients.append(slice.patient) }
        guard patients.count >= 3 else {
            try self.init(slices, byRange: patients)
            return
        }
        let counts = Self.counts(of: patients.count)
        let parts: [(Split, ArraySlice<String>)] = [
            (.train, patients.prefix(counts.train)),
            (.validation, patients.dropFirst(counts.train).prefix(counts.validation)),
            (.test, patients.suffix(counts.test)),
        ]
        self.init(slices, parts.map { ($0, Array($1)) }, rule: "by patient")
    }

    /// Whole patients as they are assigned; slices of others are left out.
    /// - Throws: `ImagingError.tooFewSlices` if a split has none.
    public init(_ slices: [SliceName], assigned: [String: Split]) throws(ImagingError) {
        let patients = Split.allCases.map { split in (split, assigned.filter { $0.value == split }.keys.sorted()) }
        self.init(slices, patients, rule: "by patient, as assigned")
        for split in Split.allCases where !splits.values.contains(split) {
            throw .tooFewSlices(found: 0, expected: "at least one of the patients assigned to \(split.rawValue)")
        }
    }

    /// nil for a slice in a gap.
    public func callAsFunction(_ slice: SliceName) -> Split? { splits[slice] }

    /// Whole patients, split by split.
    private init(_ slices: [SliceName], _ patients: [(split: Split, names: [String])], rule: String) {
        let parts = patients.flatMap { part in part.names.map { ($0, part.split) } }
        let assigned = Dictionary(uniqueKeysWithValues: parts)
        var splits: [SliceName: Split] = [:]
        for slice in slices { splits[slice] = assigned[slice.patient] }
        self.splits = splits
        let names = patients.map { "\($0.split.rawValue) \($0.names.joined(separator: ", "))" }
        self.rule = "\(rule): \(names.joined(separator: "; "))"
    }

    private init(_ slices: [SliceName], byRange patients: [String]) throws(ImagingError) {
        var splits: [SliceName: Split] = [:]
        var ranges: [String] = []
        for patient in patients {
            let own = slices.filter { $0.patient == patient }.sorted { $0.slice < $1.slice }
            guard own.count >= 3 + 2 * Self.gap else { throw Self.tooFew(own.count) }
            let counts = Self.counts(of: own.count - 2 * Self.gap)
            let parts: [(Split, ArraySlice<SliceName>)] = [
                (.train, own.prefix(counts.train)),
                (.validation, own.dropFirst(counts.train + Self.gap).prefix(counts.validation)),
                (.test, own.suffix(counts.test)),
            ]
            for (split, part) in parts {
                for slice in part { splits[slice] = split }
                ranges.append(
                    "\(split.rawValue) \(patient) \(part[part.startIndex].slice)-\(part[part.endIndex - 1].slice)")
            }
        }
        guard !patients.isEmpty else { throw Self.tooFew(0) }
        self.splits = splits
        let count = patients.count == 1 ? "one patient only" : "two patients only"
        rule = "by slice range with a gap of \(Self.gap) slices (\(count)): \(ranges.joined(separator: "; "))"
    }

    private static func tooFew(_ found: Int) -> ImagingError {
        .tooFewSlices(
            found: found,
            expected: "three patients, or at least \(3 + 2 * gap) slices of each (three splits, two gaps of \(gap))")
    }

    private static func counts(of total: Int) -> (train: Int, validation: Int, test: Int) {
        let test = max(1, (total + 2) / 4)
        let validation = max(1, (total + 3) / 7)
        return (total - test - validation, validation, test)
    }
}
