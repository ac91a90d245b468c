import Foundation

/// y = factor * x^exponent, by least squares on the logarithms: every relative deviation counts alike.
package struct PowerLaw: Equatable {
    package let factor: Double
    package let exponent: Double

    /// Nil unless there are two or more different abscissas and all values are positive.
    package init?(x: [Double], y: [Double]) {
        guard (x + y).allSatisfy({ $0 > 0 }), let line = AffineLaw(x: x.map { log($0) }, y: y.map { log($0) }) else {
            return nil
        }
        exponent = line.slope
        factor = exp(line.offset)
    }
}
