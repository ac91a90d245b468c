/// Linear equations modulo a small prime.
enum SmallElimination {
    /// The only solution of all equations, each of them its coefficients and then its right side.
    /// - Returns: nil where they contradict each other or leave something open.
    static func solution(_ equations: [[Int]], unknowns: Int, modulo prime: Int) -> [Int]? {
        var rows = equations
        for column in 0..<unknowns {
            guard let found = rows[column...].firstIndex(where: { $0[column] != 0 }) else { return nil }
            rows.swapAt(column, found)
            let inverse = inverse(rows[column][column], prime)
            let pivot = rows[column].map { $0 * inverse % prime }
            rows[column] = pivot
            for index in rows.indices where index != column && rows[index][column] != 0 {
                let factor = prime - rows[index][column]
                for place in column...unknowns {
                    rows[index][place] = (rows[index][place] + factor * pivot[place]) % prime
                }
            }
        }
        guard rows[unknowns...].allSatisfy({ $0[unknowns] == 0 }) else { return nil }
        return rows[..<unknowns].map { $0[unknowns] }
    }

    /// `value^-1` modulo a prime, `0 < value < prime`.
    static func inverse(_ value: Int, _ prime: Int) -> Int {
        var (old, new) = (value, prime)
        var (factor, next) = (1, 0)
        while new != 0 {
            let quotient = old / new
            (old, new) = (new, old - quotient * new)
            (factor, next) = (next, factor - quotient * next)
        }
        return (factor % prime + prime) % prime
    }
}
