import Foundation
package import Imaging

/// What a look at the ciphertexts of one image shows. Passing proves nothing: a broken scheme can look as random.
package struct CiphertextStatistics: Sendable, Equatable {
    /// Of the bytes, in bits; at most 8.
    package let entropy: Double
    /// Correlation of ciphertexts beside each other, read as numbers.
    package let neighbourCorrelation: Double
    /// The same of the image itself.
    package let imageCorrelation: Double
    /// Correlation of ciphertexts with the pixels they hold.
    package let pixelCorrelation: Double
    /// The ciphertexts as a picture, over the whole HU window.
    package let picture: Image

    /// - Parameter image: what was encrypted, for comparison.
    package init(_ view: ServerView, image: Image) {
        var counts = [Double](repeating: 0, count: 256)
        for byte in view.bytes { counts[Int(byte)] += 1 }
        let total = Double(view.bytes.count)
        entropy = counts.reduce(0) { $1 > 0 ? $0 - $1 / total * log2($1 / total) : $0 }
        let window = HounsfieldWindow.standard
        let fractions = (0..<image.pixels.count).map { view.fraction($0) }
        picture = Image(
            width: image.width, height: image.height, pixels: fractions.map { window.denormalise(Float($0)) })
        let pixels = image.pixels.map(Double.init)
        neighbourCorrelation = Self.neighbours(fractions, width: image.width)
        imageCorrelation = Self.neighbours(pixels, width: image.width)
        pixelCorrelation = Self.correlation(fractions, pixels)
    }

    private static func neighbours(_ values: [Double], width: Int) -> Double {
        let left = values.indices.filter { $0 % width < width - 1 }
        return correlation(left.map { values[$0] }, left.map { values[$0 + 1] })
    }

    /// Pearson's; 0 where one of them is constant.
    package static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let n = Double(a.count)
        let (meanA, meanB) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
    }
}
