import Foundation
import Numerics

/// Makes a low-dose slice out of a normal-dose one.
///
/// HU become linear attenuation (`mu = mu_water (1 + HU/1000)`, not below 0), are projected by a parallel beam,
/// attenuate `photons` per bin (`N = N0 exp(-p)`), are counted (Poisson) by a detector with Gaussian electronic noise,
/// at least one count each. The line integrals of these counts minus the clean ones are the noise; it alone is
/// reconstructed (Ram-Lak, Hann window to the Nyquist frequency, as a soft-tissue kernel), turned into HU and added to
/// the slice, which is rounded to integer HU. So the slice itself is never blurred.
///
/// Simplifications: one energy, no scatter, no bow-tie filter, and the noise that the normal-dose slice has already is
/// not subtracted.
/// - SeeAlso: Zeng et al., "A simple low-dose X-ray CT simulation from high-dose scan", IEEE Trans. Nuclear Science
///   62(5), 2015.
public struct DoseSimulation: Equatable, Sendable {
    /// Photons per detector bin and view without an object, N0.
    public let photons: Double
    /// Standard deviation of the electronic noise, in counts.
    public let electronicNoise: Double
    /// Views over 180 degrees.
    public let views: Int
    public let seed: UInt64

    /// Water at about 65 keV, the mean energy of a 120 kVp beam, in 1/mm (NIST: 0.0206 at 60 keV, 0.0184 at 80 keV).
    public static let waterAttenuation = 0.02

    /// - Parameters:
    ///   - photons: [1, 1e12]; 2e4 gives a head about 20 to 35 HU of noise.
    ///   - electronicNoise: [0, 1e6] counts.
    ///   - views: [1, 100,000].
    /// - Throws: `ImagingError.parameter`.
    public init(
        photons: Double = 2e4, electronicNoise: Double = 3, views: Int = 360, seed: UInt64 = 1
    ) throws(ImagingError) {
        guard photons >= 1, photons <= 1e12 else {
            throw .parameter(name: "photons", found: "\(photons)", expected: "1 to 1e12")
        }
        guard electronicNoise >= 0, electronicNoise <= 1e6 else {
            throw .parameter(name: "electronic noise", found: "\(electronicNoise)", expected: "0 to 1e6 counts")
        }
        guard views >= 1, views <= 100_000 else {
            throw .parameter(name: "views", found: "\(views)", expected: "1 to 100000")
        }
        self.photons = photons
        self.electronicNoise = electronicNoise
        self.views = views
        self.seed = seed
    }

    /// The low-dose version of a slice, in integer HU.
    ///
    /// - Parameters:
    ///   - slice: HU, all legal (`Image.firstIllegalPixel` is nil).
    ///   - spacing: Side of a pixel in mm, above 0.
    ///   - stream: Which noise to draw: the number of the slice. The result depends on nothing but the arguments and
    ///     `self`.
    public func lowDose(of slice: Image, spacing: Double, stream: UInt64) -> Image {
        let beam = ParallelBeam(width: slice.width, height: slice.height, spacing: spacing, views: views)
        let attenuation = slice.pixels.map { max(0, Float(Self.waterAttenuation) * (1 + $0 / 1000)) }
        let noise = beam.reconstruct(noise(on: beam.project(attenuation), stream: stream))
        let scale = Float(1000 / Self.waterAttenuation)
        let pixels = zip(slice.pixels, noise).map { ($0 + $1 * scale).rounded() }
        return Image(width: slice.width, height: slice.height, pixels: pixels)
    }

    /// Measured minus true line integral, ray by ray.
    func noise(on sinogram: [Float], stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed, stream: stream)
        return sinogram.map { integral in
            let clean = Double(integral)
            let counts = generator.poisson(mean: photons * exp(-clean)) + electronicNoise * generator.normal()
            return Float(-log(max(counts, 1) / photons) - clean)
        }
    }
}
