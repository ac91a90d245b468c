import Foundation
package import Imaging
import Support

/// Makes a patch dataset from normal-dose slices: low dose simulated, patches cut, patients (or slice ranges) split.
package struct Preparation: Sendable {
    package let simulation: DoseSimulation
    package let extraction: PatchExtraction
    /// Photons that count as a normal dose: makes the nominal dose fraction, and nothing else.
    package let normalDosePhotons: Double
    /// What is taken for right although it looks otherwise; the file says so.
    package var insistence: Set<Suspicion.Matter> = []
    /// The part of the body, as the file says it.
    package var bodyRegion: String?

    /// - Throws: `PrepareError.parameter` unless the low dose is at most the normal one.
    package init(
        simulation: DoseSimulation, extraction: PatchExtraction, normalDosePhotons: Double = 1e5
    ) throws(PrepareError) {
        guard normalDosePhotons >= simulation.photons, normalDosePhotons <= 1e15 else {
            throw .parameter(
                name: "normal-dose photons", found: "\(normalDosePhotons)",
                expected: "at least the \(simulation.photons) of the low dose")
        }
        self.simulation = simulation
        self.extraction = extraction
        self.normalDosePhotons = normalDosePhotons
    }

    /// All slices of one volume.
    ///
    /// - Throws: `ImagingError.tooFewSlices`.
    package func dataset(of volume: RawVolume, patient: String, source: String, isQuiet: Bool = false) async throws
        -> PatchDataset
    {
        let slices = volume.slices
        return try await dataset(
            count: slices.count, spacing: volume.spacing, source: source, madeFrom: nil, isQuiet: isQuiet
        ) { (SliceName(patient: patient, slice: $0), slices[$0]) }
    }

    /// All slices of several synthetic patients.
    ///
    /// - Throws: `ImagingError`, `PrepareError.parameter`.
    package func dataset(
        ofPhantoms patients: Int, slicesPerPatient: Int, size: Int, isQuiet: Bool = false
    ) async throws -> PatchDataset {
        guard (1...1000).contains(patients) else {
            throw PrepareError.parameter(name: "patients", found: "\(patients)", expected: "1 to 1000")
        }
        let phantoms = try (0..<patients).map { patient in
            try Phantom(seed: simulation.seed, patient: patient, slices: slicesPerPatient, size: size)
        }
        let first = phantoms[0]
        return try await dataset(
            count: patients * slicesPerPatient, spacing: [first.sliceSpacing, first.spacing, first.spacing],
            source: "built-in head phantom, synthetic; the normal dose is free of noise",
            madeFrom: .init(patients: patients, slicesPerPatient: slicesPerPatient, size: size), isQuiet: isQuiet
        ) { index in
            let (patient, slice) = index.quotientAndRemainder(dividingBy: slicesPerPatient)
            return (SliceName(patient: "phantom-\(patient + 1)", slice: slice), phantoms[patient].slice(slice))
        }
    }

    private struct Candidate: Sendable {
        let name: SliceName
        let image: Image
        let origins: [PatchOrigin]
        /// Its number in the scan, which chooses its noise.
        let index: Int
    }

    private func dataset(
        count: Int, spacing: [Double], source: String, madeFrom phantom: PreparationParameters.Phantom?, isQuiet: Bool,
        slice: @escaping @Sendable (Int) -> (SliceName, Image)
    ) async throws -> PatchDataset {
        let extraction = extraction
        let found = try await concurrentMap(count) { index in
            let (name, image) = slice(index)
            return Candidate(
                name: name, image: image, origins: extraction.origins(in: image, stream: UInt64(index)), index: index)
        }
        let candidates = found.filter { !$0.origins.isEmpty }
        let split = try PatchSplit(candidates.map(\.name))
        let used = candidates.filter { split($0.name) != nil }

        let simulation = simulation
        let progress = ProgressLine("simulating low dose", total: used.count, unit: "slices", isQuiet: isQuiet)
        let lowDose = try await concurrentMap(used.count) { index in
            defer { progress.advance() }
            return simulation.lowDose(of: used[index].image, spacing: spacing[1], stream: UInt64(used[index].index))
        }
        progress.finish()

        let size = extraction.size
        var sets: [Split: PatchSet] = [:]
        for (slice, low) in zip(used, lowDose) {
            guard let part = split(slice.name) else { continue }
            for origin in slice.origins {
                sets[part, default: PatchSet(width: size, height: size)].append(
                    lowDose: extraction.patch(of: low, at: origin),
                    normalDose: extraction.patch(of: slice.image, at: origin), slice: slice.name, origin: origin,
                    extent: extraction.extent(at: origin, in: slice.image))
            }
        }
        let parameters = try PreparationParameters(self, spacing: spacing, phantom: phantom)
            .json(with: extraction)
        let record = PatchDataset.Record(
            source: source, pixelSpacing: spacing, doseFraction: simulation.photons / normalDosePhotons,
            generator: "ldct prepare", parameters: parameters, splitRule: split.rule, insistence: insistence,
            bodyRegion: bodyRegion)
        return PatchDataset(record: record, sets: sets, width: size, height: size)
    }
}
