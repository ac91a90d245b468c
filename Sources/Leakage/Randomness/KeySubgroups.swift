import Paillier
import Numerics

/// Where the owner of a key can take discrete logarithms in no time: the small prime factors of p - 1 and q - 1.
///
/// Modulo p a ciphertext is its randomness alone, `c = r^n mod p`, for `1 + n m = 1`. Raised to `(p - 1) / l` it lies in a group of l
/// elements, and what a convolution does to it, `prod(c[i]^w[i])`, is a linear equation modulo l.
struct KeySubgroups: Sendable {
    /// Factors below this are looked for; the logarithms then take some thousand products each.
    static let bound = 1 << 22

    struct Side: Sendable {
        let prime: BigInteger
        /// Small prime factors of `prime - 1`, in order; 2 among them.
        let orders: [Int]

        /// Their product.
        var product: BigInteger { orders.reduce(.one) { $0 * BigInteger($1) } }
    }

    /// Of p and of q.
    let sides: [Side]

    init(_ key: PrivateKey) {
        sides = [0, 1].map { side in
            let prime = key.withPrimeBytes(side) { BigInteger(bigEndian: $0) }
            let halves = (prime - .one).magnitude.reversed().flatMap { [$0 >> 32, $0 & 0xffff_ffff] }
            let orders = Self.smallPrimes.filter { candidate in
                halves.reduce(0) { ($0 << 32 | $1) % candidate } == 0
            }
            return Side(prime: prime, orders: orders.map { Int($0) })
        }
    }

    private static let smallPrimes: [UInt64] = {
        var isComposite = [Bool](repeating: false, count: bound)
        var primes: [UInt64] = []
        for candidate in 2..<bound where !isComposite[candidate] {
            primes.append(UInt64(candidate))
            for multiple in stride(from: candidate * candidate, to: bound, by: candidate) {
                isComposite[multiple] = true
            }
        }
        return primes
    }()
}

/// The elements of a subgroup of small prime order.
struct SmallSubgroup {
    let order: Int
    let prime: BigInteger
    private let generator: BigInteger
    private let step: Int
    /// `generator^j`, by their lowest word, for j below `step`.
    private var baby: [UInt64: Int] = [:]
    private let giant: BigInteger

    /// - Returns: nil when no element generates the subgroup.
    init?(order: Int, prime: BigInteger, elements: [BigInteger]) {
        guard let generator = elements.first(where: { $0 != .one }) else { return nil }
        self.order = order
        self.prime = prime
        self.generator = generator
        step = Int(Double(order).squareRoot()) + 1
        var power = BigInteger.one
        for exponent in 0..<min(step, order) {
            baby[power.magnitude[0]] = exponent
            power = (power * generator).modulo(prime)
        }
        giant = generator.power(BigInteger(order - step % order), modulo: prime)
    }

    /// The logarithm to the generator, by baby steps and giant steps (Shanks 1971); nil for what is no element.
    func logarithm(_ element: BigInteger) -> Int? {
        var rest = element
        for jump in 0...step {
            if let exponent = baby[rest.magnitude.first ?? 0] { return (jump * step + exponent) % order }
            rest = (rest * giant).modulo(prime)
        }
        return nil
    }
}
