import Foundation

// The standard library does not promise the algorithm of `Double.random`: these are ours, so that a seed keeps its
// meaning.
extension SeededGenerator {
    /// Uniform in [0, 1), a multiple of 2^-53.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in [`range.lowerBound`, `range.upperBound`).
    public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Standard normal, by Marsaglia's polar method.
    public mutating func normal() -> Double {
        if let spare = takeSpareNormal() { return spare }
        while true {
            let (u, v) = (2 * uniform() - 1, 2 * uniform() - 1)
            let s = u * u + v * v
            guard s > 0, s < 1 else { continue }
            let factor = (-2 * log(s) / s).squareRoot()
            keepSpareNormal(v * factor)
            return u * factor
        }
    }

    /// Poisson with any mean from 0 to 2^50: counts of photons.
    ///
    /// Below 10 Knuth's product of uniforms; from 10 on Hörmann's transformed rejection PTRS. Both are exact, no normal
    /// approximation.
    /// - SeeAlso: Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance:
    ///   Mathematics and Economics 12, 1993, algorithm PTRS.
    public mutating func poisson(mean: Double) -> Double {
        precondition(mean >= 0 && mean <= 0x1p50, "mean of a Poisson variable")
        return mean < 10 ? poissonByProduct(mean) : poissonByRejection(mean)
    }

    private mutating func poissonByProduct(_ mean: Double) -> Double {
        let limit = exp(-mean)
        var count = 0.0
        var product = uniform()
        while product > limit {
            count += 1
            product *= uniform()
        }
        return count
    }

    private mutating func poissonByRejection(_ mean: Double) -> Double {
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
        let vr = 0.9277 - 3.6224 / (b - 2)
        let logMean = log(mean)
        while true {
            let u = uniform() - 0.5
            let v = 1 - uniform()  // (0, 1]: its logarithm is taken
            let us = 0.5 - abs(u)
            let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
            if us >= 0.07 && v <= vr { return k }
            if k < 0 || (us < 0.013 && v > us) { continue }
            let accepted = k * logMean - mean - Self.logFactorial(k)
            if log(v * inverseAlpha / (a / (us * us) + b)) <= accepted { return k }
        }
    }

    /// `log(k!)`, because C's `lgamma` writes a global variable. A table below 10, Stirling's series (error < 1e-12)
    /// above.
    package static func logFactorial(_ k: Double) -> Double {
        if k < 10 { return smallLogFactorials[Int(k)] }
        let x = k + 1
        let series = 1 / (12 * x) - 1 / (360 * x * x * x) + 1 / (1260 * pow(x, 5)) - 1 / (1680 * pow(x, 7))
        return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + series
    }

    private static let smallLogFactorials: [Double] = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362_880].map { log($0) }
}
