import Foundation
package import Imaging
import Support

/// Makes a patch file from a folder of DICOM files, slice by slice: no more than a few slices are in memory, finished ones are on
/// disk, and what identifies a patient stays behind.
package struct DICOMPreparation: Sendable {
    /// Patches, and the low dose where it is simulated.
    package var preparation: Preparation
    /// nil finds it out.
    package var layout: DICOMLayout?
    /// What follows `full_` and `quarter_` in the names of folders, where there are several.
    package var kind: String?
    /// Takes half the resolution, 256x256 of 512x512, as the reference does.
    package var isHalved = false
    /// Leaves out what is wrong with the data, and tells it, rather than stop.
    package var skipsBad = false
    /// nil splits patients (or slices) as `PatchSplit` does.
    package var split: PatientSplit?
    /// Photons of the low dose as a share of the normal one, where both come from the scanner.
    package var doseFraction = 0.25
    /// Where the slices come from, with their licence. Stored as it is.
    package var source: String?
    /// Makes the patients' labels; nil draws one that nobody keeps.
    package var salt: String?

    /// Called when the layout is known, before pixels are read; what it throws ends the preparation.
    package var whenLaidOut: @Sendable (DICOMLayout) throws -> Void = { _ in }

    package init(_ preparation: Preparation) {
        self.preparation = preparation
    }

    package struct Outcome: Sendable {
        package let layout: DICOMLayout
        /// Patches by split.
        package let counts: [Split: Int]
        package let splitRule: String
        package let measuredNoise: Double
        /// What was left out, and why.
        package let skipped: [String]
        /// Where all files are: how many, and what became of them.
        package let account: [String]
    }

    /// Goes on where an earlier call for the same output stopped.
    ///
    /// - Throws: `DICOMError` naming a file, `PrepareError`, `ConfigurationError`, `ImagingError.tooFewSlices`. Nothing is left at
    ///   `output` then; after bad data nothing beside it either.
    package func write(from folder: String, to output: String, isQuiet: Bool = false) async throws -> Outcome {
        let files = try DICOMFiles(in: folder)
        let reading = ProgressLine("reading headers", total: files.files.count, unit: "files", isQuiet: isQuiet)
        let tree: DICOMTree
        do {
            defer { reading.finish() }
            tree = try DICOMTree(files, layout: layout, kind: kind, skipsBad: skipsBad) { reading.advance() }
        }
        try whenLaidOut(tree.layout)
        let pairs = try wanted(tree.pairs)
        let parts = try SliceParts(
            beside: output, identity: identity(files, tree), salt: salt, patchSize: preparation.extraction.size)
        return try await parts.folder.whileWorking {
            let bad = try await cut(pairs, into: parts, isQuiet: isQuiet)
            return try assemble(
                pairs, parts, files, tree, skipped: tree.skipped + bad.compactMap { $0 }, isBad: bad.map { $0 != nil },
                output: output)
        }
    }

    /// The pairs of patients that the split names; all without one.
    private func wanted(_ pairs: [DICOMTree.Pair]) throws -> [DICOMTree.Pair] {
        guard let split else { return pairs }
        let there = Set(pairs.map(\.patient))
        if let absent = split.splits.keys.sorted().first(where: { !there.contains($0) }) {
            throw PrepareError.parameter(
                name: "patient '\(absent)' of \(split.file)", found: "not among the slices",
                expected: "patients that are there")
        }
        return pairs.filter { split.splits[$0.patient] != nil }
    }

    private func identity(_ files: DICOMFiles, _ tree: DICOMTree) throws -> String {
        var digest = Digest()
        func add(_ text: String) { digest.update(Data(text.utf8) + [0]) }
        add(try parameters(tree.layout, spacing: [1, 1, 1]))
        add("\(tree.layout) \(kind ?? "") \(skipsBad) with extents")
        for (patient, split) in (split?.splits ?? [:]).sorted(by: { $0.key < $1.key }) { add("\(patient) \(split)") }
        for file in files.files {
            let status = file.path.status
            let time = status?.st_mtim
            add("\(file.path) \(status?.st_size ?? -1) \(time?.tv_sec ?? 0) \(time?.tv_nsec ?? 0)")
        }
        return digest.hexadecimal
    }

    // MARK: - Slices to patches

    /// - Returns: for every pair what was wrong with it, where bad files are skipped.
    private func cut(_ pairs: [DICOMTree.Pair], into parts: SliceParts, isQuiet: Bool) async throws -> [DICOMError?] {
        let progress = ProgressLine("cutting patches", total: pairs.count, unit: "slices", isQuiet: isQuiet)
        defer { progress.finish() }
        return try await concurrentMap(pairs.count) { index in
            defer { progress.advance() }
            guard !parts.contains(index) else { return DICOMError?.none }
            let patches: SliceParts.Patches
            do {
                patches = try self.patches(of: pairs[index], stream: UInt64(index))
            } catch let error as DICOMError {
                guard skipsBad else { throw error }
                return error
            }
            try parts.write(patches, of: index)
            return nil
        }
    }

    private func patches(of pair: DICOMTree.Pair, stream: UInt64) throws -> SliceParts.Patches {
        func read(_ slice: DICOMSlice) throws -> Image {
            let image = try slice.image()
            return isHalved ? image.halved() : image
        }
        let normal = try read(pair.normal)
        let extraction = preparation.extraction
        let origins = extraction.origins(in: normal, stream: stream)
        guard !origins.isEmpty else { return SliceParts.Patches() }
        let low: Image
        if let slice = pair.low {
            low = try read(slice)
        } else {
            let spacing = pair.normal.spacing * (isHalved ? 2 : 1)
            low = preparation.simulation.lowDose(of: normal, spacing: spacing, stream: stream)
        }
        func cut(_ image: Image) -> [Int16] {
            origins.flatMap { origin in
                extraction.patch(of: image, at: origin).pixels.map { Int16(max(-32767, min(32767, $0.rounded()))) }
            }
        }
        return SliceParts.Patches(
            origins: origins, extents: origins.map { extraction.extent(at: $0, in: normal) }, low: cut(low),
            normal: cut(normal))
    }

    // MARK: - Patches to the file

    private func assemble(
        _ pairs: [DICOMTree.Pair], _ parts: SliceParts, _ files: DICOMFiles, _ tree: DICOMTree, skipped: [DICOMError],
        isBad: [Bool], output: String
    ) throws -> Outcome {
        let layout = tree.layout
        var noise = NoiseMeasurement()
        var (values, doses) = (ValueEvidence(), DoseEvidence())
        var cut: [Int: (origins: [PatchOrigin], extents: [PatchExtent])] = [:]
        for index in pairs.indices where !isBad[index] {
            let patches = try parts.read(index)
            guard !patches.origins.isEmpty else { continue }
            cut[index] = (patches.origins, patches.extents)
            let (low, normal) = (patches.low.map { Float($0) }, patches.normal.map { Float($0) })
            noise.add(low: low, normal: normal)
            values.add(normal)
            doses.add(low: low, normal: normal, width: preparation.extraction.size)
        }
        for suspicion in [values.suspicion, doses.suspicion].compactMap({ $0 })
        where !preparation.insistence.contains(suspicion.matter) {
            throw ImagingError.implausible(place: files.folder, suspicion, remedy: "to insist: --insist")
        }
        let held = cut.keys.sorted()
        func name(_ index: Int) -> SliceName {
            SliceName(patient: parts.label(pairs[index].patient), slice: pairs[index].number)
        }
        let labelled = split?.splits.map { (parts.label($0), $1) }
        let split =
            try labelled.map { try PatchSplit(held.map(name), assigned: Dictionary(uniqueKeysWithValues: $0)) }
            ?? PatchSplit(held.map(name))
        var content: [Split: PatchFile.Part] = [:]
        var places: [Split: [(slice: Int, patch: Int)]] = [:]
        for index in held {
            guard let part = split(name(index)), let own = cut[index] else { continue }
            content[part, default: .init()].slices += own.origins.map { _ in name(index) }
            content[part, default: .init()].origins += own.origins
            content[part, default: .init()].extents += own.extents
            places[part, default: []] += own.origins.indices.map { (index, $0) }
        }
        let size = preparation.extraction.size
        let spacing = spacing(of: pairs)
        let record = PatchDataset.Record(
            source: source ?? "DICOM slices, layout \(layout.rawValue)", pixelSpacing: spacing,
            doseFraction: layout == .plain
                ? preparation.simulation.photons / preparation.normalDosePhotons : doseFraction,
            generator: "ldct prepare dicom", parameters: try parameters(layout, spacing: spacing),
            splitRule: split.rule,
            insistence: preparation.insistence, bodyRegion: preparation.bodyRegion)
        var last: (slice: Int, patches: SliceParts.Patches)?
        try PatchFile.write(
            content, record: record, measuredNoise: noise.standardDeviation, width: size, height: size, to: output
        ) { split, dose, range in
            var values: [Int16] = []
            for place in places[split]?[range] ?? [] {
                if last?.slice != place.slice { last = (place.slice, try parts.read(place.slice)) }
                guard let patches = last?.patches else { continue }
                let of = dose == .low ? patches.low : patches.normal
                values += of[place.patch * size * size..<(place.patch + 1) * size * size]
            }
            return values
        }
        return Outcome(
            layout: layout, counts: content.mapValues(\.slices.count), splitRule: split.rule,
            measuredNoise: noise.standardDeviation, skipped: skipped.map { "\($0)" },
            account: account(
                files, tree, pairs: pairs.count, bad: isBad.count { $0 }, held: held.count,
                placed: places.values.reduce(0) { $0 + Set($1.map(\.slice)).count },
                short: content.values.flatMap(\.extents).count { $0 != PatchExtent(height: size, width: size) }))
    }

    /// Every file, slice and pair in numbers.
    private func account(
        _ files: DICOMFiles, _ tree: DICOMTree, pairs: Int, bad: Int, held: Int, placed: Int,
        short: Int
    ) -> [String] {
        let slices = tree.layout == .plain ? "slices" : "pairs of slices"
        func line(_ count: Int, _ what: String) -> String? { count > 0 ? "\(count) \(what)" : nil }
        let lines: [String?] =
            ["\(files.files.count) files: \(tree.pairs.count) \(slices), \(placed) of them in patches"]
            + tree.leftOut.map { line($0.count, "\($0.what), left alone") } + [
                line(files.others, "other files, no slices"),
                line(tree.pairs.count - pairs, "\(slices) of patients that the split does not name"),
                line(pairs - bad - held, "\(slices) \(withoutPatch)"),
                line(held - placed, "\(slices) between two splits"),
                line(short, "crops over the edge, with air beside the image"),
                tree.largestDistance > 0
                    ? "doses at most \(DICOMTree.millimetres(tree.largestDistance)) mm apart, taken for rounding" : nil,
            ]
        return lines.compactMap { $0 }
    }

    /// What slices are that no patch was taken from.
    private var withoutPatch: String {
        switch preparation.extraction.rule {
        case .grid(_, leastBody: 0.5): "without a patch that is half body"
        case .grid(_, let share): "without a patch of which a share of \(share) is body"
        case .drawn: "too small for a crop"
        }
    }

    /// mm between slices, rows, columns: the middle value of all, as patients differ.
    private func spacing(of pairs: [DICOMTree.Pair]) -> [Double] {
        func median(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.sorted()[values.count / 2] }
        let gaps = zip(pairs, pairs.dropFirst()).filter { $0.patient == $1.patient }.map {
            $1.normal.position - $0.normal.position
        }
        let inPlane = (median(pairs.map(\.normal.spacing)) ?? 1) * (isHalved ? 2 : 1)
        let through = median(gaps) ?? median(pairs.compactMap(\.normal.thickness)) ?? 1
        return [through, inPlane, inPlane]
    }

    private func parameters(_ layout: DICOMLayout, spacing: [Double]) throws -> String {
        let extraction = preparation.extraction
        if layout == .plain {
            return try PreparationParameters(preparation, spacing: spacing, phantom: nil).json(with: extraction)
        }
        return try PairedParameters(layout: layout.rawValue, halved: isHalved).json(with: extraction)
    }
}
