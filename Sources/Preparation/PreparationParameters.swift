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
    let patchSize: Int
    // Of a grid.
    let stride: Int?
    let leastBody: Double?
    let bodyThresholdHu: Double?
    // Of crops as the reference draws them.
    let crops: String?
    let cropsPerSlice: Int?
    let phantom: Phantom?

    init(_ preparation: Preparation, spacing: [Double], phantom: Phantom?) {
        photons = preparation.simulation.photons
        normalDosePhotons = preparation.normalDosePhotons
        electronicNoise = preparation.simulation.electronicNoise
        views = preparation.simulation.views
        seed = preparation.simulation.seed
        waterAttenuationPerMm = DoseSimulation.waterAttenuation
        detectorSpacingMm = spacing[1]
        patchSize = preparation.extraction.size
        let cut = CutParameters(preparation.extraction)
        (stride, leastBody, bodyThresholdHu) = (cut.stride, cut.leastBody, cut.bodyThresholdHu)
        (crops, cropsPerSlice) = (cut.crops, cut.cropsPerSlice)
        self.phantom = phantom
    }
}

/// Which patches a rule takes. What a rule has no use for is left out of the file.
struct CutParameters {
    private(set) var stride: Int?
    private(set) var leastBody: Double?
    private(set) var bodyThresholdHu: Double?
    private(set) var crops: String?
    private(set) var cropsPerSlice: Int?
    private(set) var cropSeed: UInt64?

    init(_ extraction: PatchExtraction) {
        switch extraction.rule {
        case .grid(let stride, let leastBody):
            (self.stride, self.leastBody) = (stride, leastBody)
            bodyThresholdHu = Double(PatchExtraction.bodyThreshold)
        case .drawn(let count, let seed):
            (crops, cropsPerSlice, cropSeed) = ("reference", count, seed)
        }
    }
}

/// The same where both doses come from the scanner.
struct PairedParameters: Encodable {
    let layout: String
    let halved: Bool
    let patchSize: Int
    let stride: Int?
    let leastBody: Double?
    let bodyThresholdHu: Double?
    let crops: String?
    let cropsPerSlice: Int?
    let cropSeed: UInt64?

    init(layout: String, isHalved: Bool, extraction: PatchExtraction) {
        (self.layout, halved, patchSize) = (layout, isHalved, extraction.size)
        let cut = CutParameters(extraction)
        (stride, leastBody, bodyThresholdHu) = (cut.stride, cut.leastBody, cut.bodyThresholdHu)
        (crops, cropsPerSlice, cropSeed) = (cut.crops, cut.cropsPerSlice, cut.cropSeed)
    }
}

extension Encodable {
    /// One line, keys sorted.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
