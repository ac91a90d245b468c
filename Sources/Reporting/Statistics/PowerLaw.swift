import Foundation

/// y = factor * x^exponent, by least squares on the logarithms: every relative deviation counts alike.
package struct PowerLaw: Equatable {
    package let factor: Double
    package let exponent: Double

    /// Nil unless there are two or more different abscissas and all values are positive.
    package init?(x: [Double], y: [Double]) {
        guard x.count == y.count, Set(x).count > 1, (x + y).allSatisfy({ $0 > 0 }) else { return nil }
        let (u, v) = (x.map { log($0) }, y.map { log($0) })
        let count = Double(u.count)
        let (meanU, meanV) = (u.reduce(0, +) / count, v.reduce(0, +) / count)
        let covariance = zip(u, v).reduce(0) { $0 + ($1.0 - meanU) * ($1.1 - meanV) }
        exponent = covariance / u.reduce(0) { $0 + ($1 - meanU) * ($1 - meanU) }
        factor = exp(meanV - exponent * meanU)
    }
}
