import Foundation
package import Imaging

/// What a look at the ciphertexts of one message shows. Passing proves nothing: a broken scheme can look as random.
package struct CiphertextStatistics: Sendable, Equatable {
    /// Of the bytes, in bits; at most 8.
    package let entropy: Double
    /// Correlation of ciphertexts beside each other, read as numbers.
    package let neighbourCorrelation: Double
    /// The same of the values that were encrypted.
    package let imageCorrelation: Double
    /// Correlation of ciphertexts with the values they hold.
    package let valueCorrelation: Double
    /// Ciphertexts that were compared with values.
    package let count: Int

    /// - Parameters:
    ///   - values: what was encrypted, in the order it was sent, for comparison; may be empty.
    ///   - width: of a row of them.
    package init(_ view: ServerView, values: [Double], width: Int) {
        var counts = [Double](repeating: 0, count: 256)
        for byte in view.bytes { counts[Int(byte)] += 1 }
        let total = Double(view.bytes.count)
        entropy = counts.reduce(0) { $1 > 0 ? $0 - $1 / total * log2($1 / total) : $0 }
        let numbers = (0..<view.count).map(view.number)
        count = min(numbers.count, values.count)
        neighbourCorrelation = Self.neighbours(numbers, width: width)
        imageCorrelation = Self.neighbours(values, width: width)
        valueCorrelation = Self.correlation(Array(numbers[..<count]), Array(values[..<count]))
    }

    /// The correlation that independent values do not reach: 5.5 of its standard deviations, once in 26 million.
    package var chance: Double { 5.5 / Double(max(1, count)).squareRoot() }

    private static func neighbours(_ values: [Double], width: Int) -> Double {
        let left = values.indices.filter { $0 % width < width - 1 && $0 + 1 < values.count }
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

extension ServerView {
    /// The first ciphertexts as a picture, stretched as a viewer does: the least as dark as the image's darkest pixel, the greatest as
    /// bright as its brightest.
    /// - Precondition: as many ciphertexts as the image has pixels, or more.
    package func picture(beside image: Image) -> Image {
        let numbers = image.pixels.indices.map(number)
        let (least, greatest) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let (dark, bright) = (Double(image.pixels.min() ?? 0), Double(image.pixels.max() ?? 0))
        let slope = greatest > least ? (bright - dark) / (greatest - least) : 0
        return Image(
            width: image.width, height: image.height, pixels: numbers.map { Float(dark + ($0 - least) * slope) })
    }
}
