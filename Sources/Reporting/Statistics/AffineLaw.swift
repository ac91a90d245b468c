/// y = offset + slope * x, by least squares.
package struct AffineLaw: Equatable {
    package let offset: Double
    package let slope: Double

    /// Nil unless there are two or more different abscissas.
    package init?(x: [Double], y: [Double]) {
        guard x.count == y.count, Set(x).count > 1 else { return nil }
        let count = Double(x.count)
        let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
        let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        slope = covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        offset = meanY - slope * meanX
    }
}
