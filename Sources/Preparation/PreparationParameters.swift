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
    let stride: Int
    let leastBody: Double
    let bodyThresholdHu: Double
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
        stride = preparation.extraction.stride
        leastBody = preparation.extraction.leastBody
        bodyThresholdHu = Double(PatchExtraction.bodyThreshold)
        self.phantom = phantom
    }

}

/// The same where both doses come from the scanner.
struct PairedParameters: Encodable {
    let layout: String
    let halved: Bool
    let patchSize: Int
    let stride: Int
    let leastBody: Double
    let bodyThresholdHu: Double
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
