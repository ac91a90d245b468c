import Numerics

/// Gaussian elimination modulo the Mersenne prime 2^61 - 1: exact for systems whose solution is made of integers below 2^60.
struct ModularElimination: Sendable {
    static let prime: UInt64 = 1 << 61 - 1

    let unknowns: Int
    private let sides: Int
    /// Reduced rows, each with its pivot; `unknowns + sides` residues.
    private var pivots: [[UInt64]?]
    private(set) var rank = 0

    /// - Parameter sides: right sides solved for at once.
    init(unknowns: Int, sides: Int) {
        self.unknowns = unknowns
        self.sides = sides
        pivots = Array(repeating: nil, count: unknowns)
    }

    var isComplete: Bool { rank == unknowns }

    /// Takes in one equation.
    /// - Returns: false if it contradicts the ones before, for any right side.
    @discardableResult
    mutating func insert(_ coefficients: [Int], _ values: [UInt64]) -> Bool {
        var row = coefficients.map(Self.residue) + values
        for pivot in 0..<unknowns where row[pivot] != 0 {
            guard let known = pivots[pivot] else {
                let inverse = Self.power(row[pivot], Self.prime - 2)
                for index in row.indices { row[index] = Self.product(row[index], inverse) }
                pivots[pivot] = row
                rank += 1
                return true
            }
            let factor = Self.prime - row[pivot]
            for index in pivot..<row.count {
                row[index] = Self.sum(row[index], Self.product(factor, known[index]))
            }
        }
        return row[unknowns...].allSatisfy { $0 == 0 }
    }

    /// The solution for each right side, centred around zero; nil before the system is complete.
    func solutions() -> [[Int]]? {
        guard isComplete else { return nil }
        return (0..<sides).map { side in
            var solution = [UInt64](repeating: 0, count: unknowns)
            for index in (0..<unknowns).reversed() {
                guard let row = pivots[index] else { continue }
                var value = row[unknowns + side]
                for later in index + 1..<unknowns where row[later] != 0 {
                    value = Self.sum(value, Self.prime - Self.product(row[later], solution[later]))
                }
                solution[index] = value == Self.prime ? 0 : value
            }
            return solution.map { $0 > Self.prime / 2 ? -Int(Self.prime - $0) : Int($0) }
        }
    }

    static func residue(_ value: Int) -> UInt64 {
        let magnitude = UInt64(value.magnitude) % prime
        return value < 0 && magnitude != 0 ? prime - magnitude : magnitude
    }

    static func residue(_ value: BigInteger) -> UInt64 {
        UInt64(value.modulo(BigInteger(Int(prime))).exactInt ?? 0)
    }

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let total = a + b
        return total >= prime ? total - prime : total
    }

    private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return sum(low & prime, high << 3 | low >> 61)
    }

    private static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
        var (result, square, rest) = (UInt64(1), base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = product(result, square) }
            square = product(square, square)
            rest >>= 1
        }
        return result
    }
}
