import Foundation

/// The noise power spectrum of what is left of an image when its label is taken away: how strong the noise is at which frequency.
///
/// `NPS(u, v) = |DFT(noise - mean)|^2 / (number of pixels)` in HU^2 pixel^2, averaged over rings one frequency step wide. A denoiser
/// that only blurs moves the mean frequency down: the noise that stays is coarser.
/// - SeeAlso: ICRU Report 87, chapter 4; Solomon et al., Med. Phys. 39(4), 2012.
public struct NoisePowerSpectrum: Equatable, Sendable {
    /// Of the rings, in 1/pixel, from one step to the Nyquist frequency 1/2.
    public let frequencies: [Double]
    /// Mean power of every ring, HU^2 pixel^2.
    public let power: [Double]

    /// Nil unless the images are square and the noise is not the same everywhere.
    public init?(of image: Image, against label: Image) {
        precondition(image.width == label.width && image.height == label.height, "images differ in size")
        guard image.width == image.height, image.width > 1 else { return nil }
        let noise = zip(image.pixels, label.pixels).map { Double($0) - Double($1) }
        let mean = noise.reduce(0, +) / Double(noise.count)
        self.init(noise: noise.map { $0 - mean }, side: image.width)
    }

    private init?(noise: [Double], side: Int) {
        let squares = Self.squaredTransform(noise, side: side)
        var sums = [Double](repeating: 0, count: side / 2 + 1)
        var counts = [Int](repeating: 0, count: side / 2 + 1)
        for row in 0..<side {
            for column in 0..<side {
                let (v, u) = (min(row, side - row), min(column, side - column))
                let ring = Int(Double(u * u + v * v).squareRoot().rounded(.toNearestOrEven))
                guard ring <= side / 2 else { continue }
                sums[ring] += squares[row * side + column] / Double(noise.count)
                counts[ring] += 1
            }
        }
        frequencies = (1...side / 2).map { Double($0) / Double(side) }
        power = (1...side / 2).map { sums[$0] / Double(counts[$0]) }
        guard power.contains(where: { $0 > 0 }) else { return nil }
    }

    /// Mean of the frequencies weighted by their power, 1/pixel.
    public var meanFrequency: Double {
        zip(frequencies, power).reduce(0) { $0 + $1.0 * $1.1 } / power.reduce(0, +)
    }

    /// `|DFT|^2` by rows, then columns: n^3 products, quick for patches.
    private static func squaredTransform(_ values: [Double], side: Int) -> [Double] {
        let angles = (0..<side).map { -2 * Double.pi * Double($0) / Double(side) }
        let (cosines, sines) = (angles.map { cos($0) }, angles.map { sin($0) })
        var (real, imaginary) = ([Double](repeating: 0, count: side * side), [Double](repeating: 0, count: side * side))
        for row in 0..<side {
            for u in 0..<side {
                var (a, b) = (0.0, 0.0)
                for x in 0..<side {
                    let phase = u * x % side
                    a += values[row * side + x] * cosines[phase]
                    b += values[row * side + x] * sines[phase]
                }
                (real[row * side + u], imaginary[row * side + u]) = (a, b)
            }
        }
        var squares = [Double](repeating: 0, count: side * side)
        for u in 0..<side {
            for v in 0..<side {
                var (a, b) = (0.0, 0.0)
                for y in 0..<side {
                    let phase = v * y % side
                    let (c, d) = (real[y * side + u], imaginary[y * side + u])
                    a += c * cosines[phase] - d * sines[phase]
                    b += c * sines[phase] + d * cosines[phase]
                }
                squares[v * side + u] = a * a + b * b
            }
        }
        return squares
    }
}
