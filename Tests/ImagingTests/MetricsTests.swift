import Foundation
import HDF5
import Imaging
import Numerics
import Testing

/// The folder of known answers.
enum Vectors {
    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Vectors/\(name)").path
    }
}

@Suite struct MetricsTests {
    /// scikit-image's values, from make_metrics.py.
    @Test(arguments: 0..<5) func agreesWithScikitImage(index: Int) throws {
        let file = try HDF5File(reading: Vectors.path("metrics.h5"))
        func image(_ name: String) throws -> Image {
            let stored = try file.read(Float.self, from: "/case\(index)/\(name)", rank: 2)
            return Image(width: stored.shape[1], height: stored.shape[0], pixels: stored.values)
        }
        let quality = try ImageQuality(of: image("image"), against: image("label"))
        let group = "/case\(index)"
        #expect(abs(quality.psnr - (try file.attribute("psnr", as: Double.self, on: group))) < 1e-6)
        #expect(abs(quality.ssim - (try file.attribute("ssim", as: Double.self, on: group))) < 1e-6)
        #expect(abs(quality.rmseHU - (try file.attribute("rmse_hu", as: Double.self, on: group))) < 1e-6)
        let reference = try file.attribute("psnr.reference", as: Double.self, on: group)
        #expect(abs(quality.referencePSNR - reference) < 1e-6)
    }

    /// Loops over every window, from make_reference_ssim.py.
    @Test(arguments: [(12, 17, 0.5617739184159046), (24, 16, 0.3475133394849515)])
    func theReferencesSSIM(height: Int, width: Int, expected: Double) {
        func image(_ seed: Int) -> Image {
            let pixels = (0..<height * width).map { index -> Float in
                let (y, x) = (index / width, index % width)
                return Float((37 * y * y + 11 * x * x + 101 * x + seed * (y + 3 * x) * 13) % 1601 - 700)
            }
            return Image(width: width, height: height, pixels: pixels)
        }
        #expect(abs(ImageQuality(of: image(1), against: image(2)).referenceSSIM - expected) < 1e-12)
        #expect(abs(ImageQuality(of: image(3), against: image(3)).referenceSSIM - 1) < 1e-12)
    }

    @Test func equalImages() {
        let image = Image(width: 12, height: 11, pixels: (0..<132).map { Float($0 * 7 - 100) })
        let quality = ImageQuality(of: image, against: image)
        #expect(quality.psnr == .infinity && quality.rmseHU == 0)
        #expect(abs(quality.ssim - 1) < 1e-12)
    }

    /// By hand: every pixel is wrong by 10 HU. What lies outside the window does not count, except in the reference's
    /// PSNR.
    @Test func aConstantError() {
        let label = Image(width: 16, height: 16, filledWith: 0)
        let quality = ImageQuality(of: Image(width: 16, height: 16, filledWith: 10), against: label)
        #expect(quality.rmseHU == 10)
        #expect(abs(quality.psnr - 20 * log10(409.6)) < 1e-12)
        #expect(abs(quality.referencePSNR - 20 * log10(307.2)) < 1e-12)

        let outside = (Image(width: 16, height: 16, filledWith: -3000), Image(width: 16, height: 16, filledWith: -1024))
        let clipped = ImageQuality(of: outside.0, against: outside.1)
        #expect(clipped.rmseHU == 0)
        #expect(abs(clipped.referencePSNR - 20 * log10(3072.0 / 1976)) < 1e-12)
    }
}

/// scikit-image, sewar and numpy, from make_field_metrics.py.
@Suite struct FieldMetricsTests {
    private func pair(_ file: borrowing HDF5File, _ index: Int) throws -> (image: Image, label: Image) {
        func image(_ name: String) throws -> Image {
            let stored = try file.read(Float.self, from: "/case\(index)/\(name)", rank: 2)
            return Image(width: stored.shape[1], height: stored.shape[0], pixels: stored.values)
        }
        return (try image("image"), try image("label"))
    }

    @Test(arguments: 0..<5, ClinicalWindow.allCases) func windowedMetrics(index: Int, window: ClinicalWindow) throws {
        let file = try HDF5File(reading: Vectors.path("field_metrics.h5"))
        let (image, label) = try pair(file, index)
        let found = try #require(FieldQuality(of: image, against: label).windowed[window])
        let (psnr, ssim) = (
            try file.attribute("psnr.\(window.rawValue)", as: Double.self, on: "/case\(index)"),
            try file.attribute("ssim.\(window.rawValue)", as: Double.self, on: "/case\(index)")
        )
        #expect(abs(found.psnr - psnr) < 1e-6)
        #expect(abs(found.ssim - ssim) < 1e-9)
    }

    /// ldct-benchmark's order of arguments, and the usual one. Where clipping makes a region flat, the variances there are rounding
    /// alone, about 1e-9, and pass the code's threshold of 1e-10 or not: with its sums in another order the last case's usual value
    /// moves by 5e-8, all others by less than 1e-10.
    @Test(arguments: 0..<5) func visualInformationFidelity(index: Int) throws {
        let file = try HDF5File(reading: Vectors.path("field_metrics.h5"))
        let (image, label) = try pair(file, index)
        let group = "/case\(index)"
        let vif = try #require(FieldQuality(of: image, against: label).vif)
        #expect(abs(vif - (try file.attribute("vif", as: Double.self, on: group))) < 1e-9)
        let swapped = try #require(FieldQuality(of: label, against: image).vif)
        // Clipped to air, the rated picture of case 4 has flat places whose variance is rounding alone, and the definition compares it
        // with 1e-10: the order of its sums moves the value by 1e-8 there, and by 1e-11 elsewhere.
        let usual = try file.attribute("vif.usual", as: Double.self, on: group)
        #expect(abs(swapped - usual) < (index == 4 ? 1e-7 : 1e-9))
    }

    @Test(arguments: 0..<4) func noisePowerSpectrum(index: Int) throws {
        let file = try HDF5File(reading: Vectors.path("field_metrics.h5"))
        let (image, label) = try pair(file, index)
        let spectrum = try #require(NoisePowerSpectrum(of: image, against: label))
        let group = "/case\(index)"
        #expect(spectrum.frequencies == (try file.read(Double.self, from: "\(group)/nps.frequency").values))
        let power = try file.read(Double.self, from: "\(group)/nps.power").values
        for (own, expected) in zip(spectrum.power, power) { #expect(abs(own - expected) < 1e-9 * abs(expected) + 1e-9) }
        let mean = try file.attribute("nps.mean_frequency", as: Double.self, on: group)
        #expect(abs(spectrum.meanFrequency - mean) < 1e-12)
    }

    @Test func whatHasNoValueHasNone() {
        let flat = Image(width: 41, height: 41, filledWith: 40)
        let quality = FieldQuality(of: flat, against: flat)
        #expect(quality.windowed[.neuro]?.psnr == .infinity && quality.vif == nil)
        #expect(NoisePowerSpectrum(of: flat, against: flat) == nil)
        #expect(
            NoisePowerSpectrum(
                of: Image(width: 4, height: 5, filledWith: 1), against: Image(width: 4, height: 5, filledWith: 0))
                == nil)
        let small = Image(width: 40, height: 64, pixels: (0..<2560).map { Float($0 % 97) })
        #expect(FieldQuality(of: small, against: small).vif == nil)
    }
}

@Suite struct HounsfieldWindowTests {
    @Test func integersAreExactInTwelveBits() {
        let window = HounsfieldWindow.standard
        #expect(window.dataRange == 4096)
        for hu in -1024...3071 {
            let value = window.normalise(Float(hu))
            #expect((value * 4095).rounded() == Float(hu + 1024))
            #expect(window.denormalise(value).rounded() == Float(hu))
        }
    }

    @Test func edgesAndClipping() {
        let window = HounsfieldWindow.standard
        #expect(window.normalise(-1024) == 0 && window.normalise(3071) == 1)
        #expect(window.denormalise(0) == -1024 && window.denormalise(1) == 3071)
        #expect(window.clip(-2000) == -1024 && window.clip(9999) == 3071 && window.clip(40) == 40)
        // Normalising alone does not clip: out-of-window values stay what they are.
        #expect(window.normalise(-1024 - 4095) == -1)
    }

    @Test func roundTripOfRandomValues() throws {
        let window = try HounsfieldWindow(low: -160, high: 240)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<1000 {
            let hu = Float(generator.uniform(-2000...4000))
            // Three roundings of numbers up to 2^12 in size.
            #expect(abs(window.denormalise(window.normalise(hu)) - hu) <= 3 * Float(4096).ulp)
        }
    }

    @Test(arguments: [(Float(0), Float(0)), (1, 0), (.nan, 1), (0, .infinity)])
    func nonsenseIsRefused(low: Float, high: Float) {
        #expect(throws: ImagingError.self) { try HounsfieldWindow(low: low, high: high) }
    }
}
