import Numerics

extension LinearFilter {
    /// Fits the filter to all pixels of a set.
    ///
    /// - Throws: `ImagingError.singular` if the set is empty or its patches do not vary (all equal, say).
    /// - Complexity: 313 multiply-adds per pixel, not 170^2 / 2: see `NormalEquations`.
    public init(fitting set: PatchSet, window: HounsfieldWindow = .standard) throws(ImagingError) {
        var equations = NormalEquations(width: set.width, height: set.height)
        for index in 0..<set.count {
            equations.add(
                Self.padded(set.lowDose(index), window),
                label: window.normalise(window.clip(set.normalDose(index))))
        }
        let (matrix, rightSide) = equations.assembled()
        guard let solution = DenseSolver.solve(positiveDefinite: matrix, rightSides: [rightSide])?.first else {
            throw .singular(
                problem: "the 13 x 13 linear filter of \(set.count) patches",
                expected: "patches that vary, on the training split")
        }
        self.init(weights: Array(solution.prefix(Self.taps)), bias: solution[Self.taps], window: window)
    }
}

/// The normal equations of a convolution over many patches, in double precision.
///
/// Entry (s, t) is the sum over a patch of `x(p + s) x(p + t)`: it depends on the difference t - s only, but for the
/// window over which the product image `x(u) x(u + t - s)` is summed. So the product images of the 313 differences are
/// accumulated over all patches, and each entry is one box sum at the end.
private struct NormalEquations {
    let width: Int
    let height: Int
    private var products: [[Double]]
    private var sums: [Double]
    private var labelProducts = [Double](repeating: 0, count: LinearFilter.taps)
    private var labelSum = 0.0
    private var pixels = 0.0

    private static let differences: [(row: Int, column: Int)] = {
        let reach = LinearFilter.side - 1
        return (0...reach).flatMap { row in
            (-reach...reach).compactMap { column in row > 0 || column >= 0 ? (row, column) : nil }
        }
    }()

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        let area = (width + 2 * LinearFilter.radius) * (height + 2 * LinearFilter.radius)
        products = Self.differences.map { _ in [Double](repeating: 0, count: area) }
        sums = [Double](repeating: 0, count: area)
    }

    mutating func add(_ input: PaddedImage, label: Image) {
        let x = input.values
        for (index, difference) in Self.differences.enumerated() {
            let shift = difference.row * input.width + difference.column
            // A shifted index may wrap into the next line: no box below reaches there.
            Self.multiplyAdd(x, shiftedBy: shift, to: &products[index])
        }
        for i in x.indices { sums[i] += x[i] }
        for tap in 0..<LinearFilter.taps {
            let (i, j) = tap.quotientAndRemainder(dividingBy: LinearFilter.side)
            var sum = 0.0
            for row in 0..<height {
                let start = (row + i) * input.width + j
                for column in 0..<width { sum += x[start + column] * Double(label[row, column]) }
            }
            labelProducts[tap] += sum
        }
        labelSum += label.pixels.reduce(0) { $0 + Double($1) }
        pixels += Double(width * height)
    }

    private static func multiplyAdd(_ x: [Double], shiftedBy shift: Int, to sum: inout [Double]) {
        for i in max(0, -shift)..<min(x.count, x.count - shift) { sum[i] += x[i] * x[i + shift] }
    }

    /// The 170 x 170 matrix, upper triangle, and the right side; the last unknown is the bias.
    func assembled() -> (matrix: [Double], rightSide: [Double]) {
        let n = LinearFilter.taps + 1
        var matrix = [Double](repeating: 0, count: n * n)
        for (index, difference) in Self.differences.enumerated() {
            let table = SummedArea(products[index], width: width + 2 * LinearFilter.radius)
            for s in 0..<LinearFilter.taps {
                let (i, j) = s.quotientAndRemainder(dividingBy: LinearFilter.side)
                let (k, l) = (i + difference.row, j + difference.column)
                guard k < LinearFilter.side, (0..<LinearFilter.side).contains(l) else { continue }
                matrix[s * n + k * LinearFilter.side + l] = table.sum(row: i, column: j, width: width, height: height)
            }
        }
        let table = SummedArea(sums, width: width + 2 * LinearFilter.radius)
        for s in 0..<LinearFilter.taps {
            let (i, j) = s.quotientAndRemainder(dividingBy: LinearFilter.side)
            matrix[s * n + n - 1] = table.sum(row: i, column: j, width: width, height: height)
        }
        matrix[n * n - 1] = pixels
        return (matrix, labelProducts + [labelSum])
    }
}

/// Sums over rectangles in constant time.
private struct SummedArea {
    private let table: [Double]
    private let stride: Int

    init(_ values: [Double], width: Int) {
        stride = width + 1
        let height = values.count / width
        var table = [Double](repeating: 0, count: stride * (height + 1))
        for row in 0..<height {
            var line = 0.0
            for column in 0..<width {
                line += values[row * width + column]
                table[(row + 1) * stride + column + 1] = table[row * stride + column + 1] + line
            }
        }
        self.table = table
    }

    func sum(row: Int, column: Int, width: Int, height: Int) -> Double {
        let (top, bottom) = (row * stride, (row + height) * stride)
        return table[bottom + column + width] - table[bottom + column] - table[top + column + width]
            + table[top + column]
    }
}
