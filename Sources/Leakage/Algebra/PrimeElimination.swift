import Lattice

/// Linear equations modulo any prime below 2^63, all at once. Larger systems are `ModularElimination`'s.
enum PrimeElimination {
    /// The only solution for every right side.
    ///
    /// - Parameter equations: as many as unknowns or more, each its coefficients and then its right sides.
    /// - Returns: Nil where the coefficients leave something open; nil for a right side that contradicts itself.
    static func solutions(_ equations: [[UInt64]], unknowns: Int, modulo prime: UInt64) -> [[UInt64]?]? {
        var rows = equations
        for column in 0..<unknowns {
            guard let found = rows[column...].firstIndex(where: { $0[column] != 0 }) else { return nil }
            rows.swapAt(column, found)
            let inverse = rows[column][column].inverse(modulo: prime)
            let pivot = rows[column].map { $0.times(inverse, modulo: prime) }
            rows[column] = pivot
            for index in rows.indices where index != column && rows[index][column] != 0 {
                let factor = prime - rows[index][column]
                for place in column..<pivot.count {
                    rows[index][place] = (rows[index][place] + factor.times(pivot[place], modulo: prime)) % prime
                }
            }
        }
        return (unknowns..<equations[0].count).map { side in
            rows[unknowns...].allSatisfy { $0[side] == 0 } ? rows[..<unknowns].map { $0[side] } : nil
        }
    }
}
