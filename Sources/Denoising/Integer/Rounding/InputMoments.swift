import COneDNN

/// Second moments of the windows that a convolution's filters see: `H[i, j]` is the mean of input `i` times input `j` of a window.
struct InputMoments {
    /// Windows at most, spread evenly over images and positions: three times the weights of the largest filter here.
    private static let windows = 8192

    private let convolution: CanonicalConvolution
    private let size: Int
    /// Row-major; sums, not means.
    private var sums: [Float]
    private var count = 0

    init(_ convolution: CanonicalConvolution) {
        self.convolution = convolution
        size = convolution.weights.count / convolution.outputChannels
        sums = [Float](repeating: 0, count: size * size)
    }

    /// Adds some of one image's windows. - Parameter images: how many there are in all.
    mutating func add(_ input: Tensor, output: TensorShape, images: Int) throws(DenoisingError) {
        let positions = output.planeSize
        let wanted = max(1, min(positions, Self.windows / images))
        let windows = (0..<wanted).map { number in
            let position = number * positions / wanted
            return window(input, row: position / output.width, column: position % output.width)
        }
        let matrix = Array(windows.joined())
        try check(conednn_add_gram(&sums, matrix, Int64(wanted), Int64(size)), "dnnl_sgemm")
        count += wanted
    }

    /// Inputs in the order of a filter's weights; zero outside the image.
    private func window(_ input: Tensor, row: Int, column: Int) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(size)
        for channel in 0..<convolution.inputChannels {
            for y in 0..<convolution.kernelHeight {
                let sourceY = row + y - convolution.padding
                for x in 0..<convolution.kernelWidth {
                    let sourceX = column + x - convolution.padding
                    let isInside =
                        (0..<input.shape.height).contains(sourceY) && (0..<input.shape.width).contains(sourceX)
                    let index = (channel * input.shape.height + sourceY) * input.shape.width + sourceX
                    values.append(isInside ? input.values[index] : 0)
                }
            }
        }
        return values
    }

    /// How much a weight has to move for the errors of those before it: the unit upper triangle of `H = (U + 1) D (U + 1)^T`.
    struct Feedback {
        fileprivate let size: Int
        /// `U` by columns: `[k][i]`, i < k.
        fileprivate let columns: [Double]

        /// - Parameter errors: of the weights before `tap`.
        func correction(_ tap: Int, _ errors: [Double]) -> Double {
            var sum = 0.0
            for index in 0..<tap { sum += errors[index] * columns[tap * size + index] }
            return sum
        }
    }

    /// Eliminates from the last weight to the first. A hundredth of the mean moment is added to every weight's own, so that inputs
    /// that were never seen, or always together, do not run away.
    func feedback() -> Feedback {
        var work = sums.map { Double($0) / Double(max(1, count)) }
        let mean = (0..<size).reduce(0) { $0 + work[$1 * size + $1] } / Double(size)
        for index in 0..<size { work[index * size + index] += max(0.01 * mean, .leastNormalMagnitude) }
        var columns = [Double](repeating: 0, count: size * size)
        for pivot in stride(from: size - 1, through: 0, by: -1) {
            let diagonal = work[pivot * size + pivot]
            for index in 0..<pivot { columns[pivot * size + index] = work[pivot * size + index] / diagonal }
            for row in 0..<pivot {
                let factor = work[pivot * size + row]
                guard factor != 0 else { continue }
                work.withUnsafeMutableBufferPointer { work in
                    columns.withUnsafeBufferPointer { columns in
                        // The lower triangle is enough: row `row` up to itself.
                        for column in 0...row { work[row * size + column] -= factor * columns[pivot * size + column] }
                    }
                }
            }
        }
        return Feedback(size: size, columns: columns)
    }
}
