import Foundation
import HDF5
import Imaging
import Numerics
import Testing

@Suite struct LinearFilterTests {
    /// numpy's lstsq on the design matrix itself (make_metrics.py): two ways to the same minimum.
    @Test func agreesWithNumpy() throws {
        let path = try Vectors.path("patches.h5")
        let train = try PatchDataset(examining: path).train
        let filter = try LinearFilter(fitting: train)
        let file = try HDF5File(reading: path)
        let expected = try file.read(Double.self, from: "/train/filter").values
        // The normal equations square the condition of the problem: about 1e-16 * 1e7.
        for (weight, other) in zip(filter.weights + [filter.bias], expected) { #expect(abs(weight - other) < 1e-7) }
        let filtered = try file.read(Double.self, from: "/train/filtered").values
        let area = train.width * train.height
        for index in 0..<train.count {
            let image = filter.apply(train.lowDose(index))
            for (pixel, other) in zip(image.pixels, filtered[index * area..<(index + 1) * area]) {
                #expect(abs(Double(pixel) - other) < 0.01)
            }
        }
    }

    /// A target that is a linear filter of the input is found exactly: here a shift by (2, -3), with an offset.
    @Test func findsAKnownFilter() throws {
        var generator = SeededGenerator(seed: 21)
        var set = PatchSet(width: 24, height: 24)
        for index in 0..<6 {
            let low = Image(
                width: 24, height: 24, pixels: (0..<576).map { _ in Float(generator.uniform(-1000...2000)) })
            var normal = Image(width: 24, height: 24, filledWith: -1024)
            for row in 0..<22 { for column in 3..<24 { normal[row, column] = low[row + 2, column - 3] } }
            normal = normal.mapped { $0 + 40.95 }
            set.append(
                lowDose: low, normalDose: normal, slice: SliceName(patient: "p", slice: index),
                origin: PatchOrigin(row: 0, column: 0))
        }
        let filter = try LinearFilter(fitting: set)
        for (tap, weight) in filter.weights.enumerated() {
            #expect(abs(weight - (tap == (6 + 2) * 13 + 6 - 3 ? 1 : 0)) < 1e-5)
        }
        #expect(abs(filter.bias - 0.01) < 1e-5)
    }

    @Test(arguments: [0, 3]) func withoutVariationThereIsNone(count: Int) {
        var set = PatchSet(width: 16, height: 16)
        let image = Image(width: 16, height: 16, filledWith: -1024)
        for index in 0..<count {
            set.append(
                lowDose: image, normalDose: image, slice: SliceName(patient: "p", slice: index),
                origin: PatchOrigin(row: 0, column: 0))
        }
        #expect(throws: ImagingError.self) { try LinearFilter(fitting: set) }
    }
}
