import Foundation
import Imaging

/// Everything that decides a prepared file, as its attribute `parameters` tells it.
struct PreparationParameters: Encodable {
    struct Phantom: Encodable, Sendable {
        let patients: Int
        let slicesPerPatient: Int
        let size: Int
    }

    let photons: Double
    let normalDosePhotons: Double
    let electronicNoise: Double
    let views: Int
    let seed: UInt64
    let waterAttenuationPerMm: Double
    let detectorSpacingMm: Double
    let filter = "ram-lak, hann to nyquist"
    let phantom: Phantom?

    init(_ preparation: Preparation, spacing: [Double], phantom: Phantom?) {
        photons = preparation.simulation.photons
        normalDosePhotons = preparation.normalDosePhotons
        electronicNoise = preparation.simulation.electronicNoise
        views = preparation.simulation.views
        seed = preparation.simulation.seed
        waterAttenuationPerMm = DoseSimulation.waterAttenuation
        detectorSpacingMm = spacing[1]
        self.phantom = phantom
    }
}

/// The same where both doses come from the scanner.
struct PairedParameters: Encodable {
    let layout: String
    let halved: Bool
}

/// How patches are cut. What a rule has no use for is left out of the file.
private struct CutParameters: Encodable {
    let patchSize: Int
    private(set) var stride: Int?
    private(set) var leastBody: Double?
    private(set) var bodyThresholdHu: Double?
    private(set) var crops: String?
    private(set) var cropsPerSlice: Int?
    private(set) var cropSeed: UInt64?

    init(_ extraction: PatchExtraction) {
        patchSize = extraction.size
        switch extraction.rule {
        case .grid(let stride, let leastBody):
            (self.stride, self.leastBody) = (stride, leastBody)
            bodyThresholdHu = Double(PatchExtraction.bodyThreshold)
        case .drawn(let count, let seed):
            (crops, cropsPerSlice, cropSeed) = ("reference", count, seed)
        }
    }
}

/// Parameters of a preparation and of its patches in one object.
private struct FileParameters<Source: Encodable>: Encodable {
    let source: Source
    let cut: CutParameters

    func encode(to encoder: any Encoder) throws {
        try source.encode(to: encoder)
        try cut.encode(to: encoder)
    }
}

extension Encodable {
    /// With what is said of the patches, on one line, keys sorted.
    func json(with extraction: PatchExtraction) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let parameters = FileParameters(source: self, cut: CutParameters(extraction))
        return String(decoding: try encoder.encode(parameters), as: UTF8.self)
    }
}
