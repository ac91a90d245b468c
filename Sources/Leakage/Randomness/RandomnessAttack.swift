import Denoising
package import Paillier
package import PrivateDenoising
package import Numerics

/// D: a semi-honest client reads the first layer's weights off the randomness of what comes back, although it never looks at a
/// plaintext: masks do not matter.
///
/// Nothing of it is left when every ciphertext leaves the server with randomness of its own. The client takes its own ciphertexts
/// from the transcript and the primes from its key.
package struct RandomnessAttack: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        /// Discrete logarithms in the small subgroups of Z/p and Z/q: weights modulo the product of their orders.
        case subgroups
        /// Jacobi symbols alone: weights modulo 2, where clients use r^n and the server multiplies by h^x, whose symbol is 1.
        case jacobi
    }

    /// What is known of one filter.
    package struct Reading: Sendable, Equatable {
        /// `[in][kh][kw]`, the smallest magnitudes that agree.
        package let weights: [Int]
        /// Each is known modulo this.
        package let modulus: Int
    }

    /// Weights have at most 16 bits in this program: enough is enough.
    private static let enough = 1 << 20

    private let subgroups: KeySubgroups
    private let publicKey: PublicKey

    package init(_ key: PrivateKey) {
        subgroups = KeySubgroups(key)
        publicKey = key.publicKey
    }

    /// What the key lets its owner learn of every weight, at most: the product of the small orders.
    package var reach: BigInteger { Self.orders(of: subgroups).reduce(.one) { $0 * BigInteger($1.order) } }

    /// Readings of some filters of the first layer; nil for each where the equations contradict each other, as they do after
    /// re-randomisation.
    ///
    /// - Throws: `LeakageError.unsuitable` for a transcript whose first answer is not one layer's, or is too small.
    package func filters(
        _ transcript: Transcript, channels: Range<Int>, method: Method = .subgroups
    ) throws -> [Reading?] {
        let scene = try Scene(transcript, key: publicKey, channels: channels)
        var readings = channels.map { _ in Reading?.some(Reading(weights: scene.zeros, modulus: 1)) }
        switch method {
        case .subgroups:
            let small = subgroups.sides.map { side in
                // One long power for all subgroups of a side.
                let exponent = (side.prime - .one).quotientAndRemainder(dividingBy: side.product).quotient
                return scene.elements.map { $0.modulo(side.prime).power(exponent, modulo: side.prime) }
            }
            for (order, index) in Self.orders(of: subgroups) {
                let side = subgroups.sides[index]
                let exponent = side.product.quotientAndRemainder(dividingBy: BigInteger(order)).quotient
                let elements = small[index].map { $0.power(exponent, modulo: side.prime) }
                guard
                    let group = SmallSubgroup(
                        order: order, prime: side.prime, elements: Array(elements[..<scene.inputs]))
                else { continue }
                scene.combine(&readings, elements.map(group.logarithm), modulo: order)
                if readings.allSatisfy({ $0.map { $0.modulus > Self.enough } ?? true }) { break }
            }
        case .jacobi:
            let symbols = scene.elements.map { element -> Int? in
                // Residue modulo both primes or modulo neither: symbol 1.
                subgroups.sides.count { side in
                    let half = (side.prime - .one) >> 1
                    return element.modulo(side.prime).power(half, modulo: side.prime) != .one
                } % 2
            }
            // Where all inputs have symbol 1 it says nothing.
            guard symbols[..<scene.inputs].contains(1) else { return channels.map { _ in nil } }
            scene.combine(&readings, symbols, modulo: 2)
        }
        return readings.map { $0.flatMap { $0.modulus == 1 ? nil : $0.centred } }
    }

    /// Orders of p and q in order of size, each once: both sides have 2, and in keys from elsewhere they may have others in common.
    private static func orders(of subgroups: KeySubgroups) -> [(order: Int, side: Int)] {
        let (first, second) = (subgroups.sides[0].orders, subgroups.sides[1].orders)
        return (first.map { (order: $0, side: 0) } + second.filter { !first.contains($0) }.map { (order: $0, side: 1) })
            .sorted { $0.order < $1.order }
    }
}

extension RandomnessAttack.Reading {
    fileprivate var centred: RandomnessAttack.Reading {
        RandomnessAttack.Reading(weights: weights.map { 2 * $0 > modulus ? $0 - modulus : $0 }, modulus: modulus)
    }

    /// Chinese remainders.
    fileprivate func joined(_ residues: [Int], modulo order: Int) -> RandomnessAttack.Reading {
        // Orders are different primes, so that there is one.
        let inverse = BigInteger(modulus).inverse(modulo: BigInteger(order))?.exactInt ?? 0
        let joined = zip(weights, residues).map { weight, residue in
            weight + modulus * (((residue - weight % order + order) % order) * inverse % order)
        }
        return RandomnessAttack.Reading(weights: joined, modulus: modulus * order)
    }
}

/// The equations of one transcript: which inputs meet in which outputs.
private struct Scene {
    /// Ciphertexts: the inputs in use, then the outputs channel by channel.
    let elements: [BigInteger]
    let inputs: Int
    /// For every output position and tap, which input it takes; nil outside the image.
    let taps: [[Int?]]
    let zeros: [Int]

    init(_ transcript: Transcript, key: PublicKey, channels: Range<Int>) throws {
        let round = transcript.agreement.rounds[0]
        guard transcript.key == key.n.text(radix: 16), round.layers.count == 1, transcript.agreement.layout == .batch,
            let layer = transcript.agreement.layers.first?.architecture, layer.skip == nil,
            channels.upperBound <= round.output.channels,
            let up = try transcript.ciphertexts(.up, round: 0),
            let down = try transcript.ciphertexts(.down, round: 0)
        else {
            throw LeakageError.unsuitable(
                attack: "randomness",
                expected: "an answered transcript of this key in the batch layout, whose first round is one convolution"
            )
        }
        let (width, height) = (round.output.width, round.output.height)
        let count = layer.inputChannels * layer.kernelHeight * layer.kernelWidth
        // A square of outputs, three times as many as there are unknowns.
        let side = Int(Double(3 * count).squareRoot()) + 1
        let rows = (max(0, (height - side) / 2)..<height).prefix(side)
        let columns = (max(0, (width - side) / 2)..<width).prefix(side)
        guard rows.count * columns.count >= count + 16 else {
            throw LeakageError.unsuitable(
                attack: "randomness", expected: "at least \(count + 16) output positions for \(count) weights")
        }
        var sources: [Int] = []
        var known: [Int: Int] = [:]
        var taps: [[Int?]] = []
        for row in rows {
            for column in columns {
                var window: [Int?] = []
                for channel in 0..<layer.inputChannels {
                    for ky in 0..<layer.kernelHeight {
                        for kx in 0..<layer.kernelWidth {
                            let (y, x) = (row + ky - layer.padding, column + kx - layer.padding)
                            guard (0..<round.input.height).contains(y), (0..<round.input.width).contains(x) else {
                                window.append(nil)
                                continue
                            }
                            let source = (channel * round.input.height + y) * round.input.width + x
                            if known[source] == nil {
                                known[source] = sources.count
                                sources.append(source)
                            }
                            window.append(known[source])
                        }
                    }
                }
                taps.append(window)
            }
        }
        self.taps = taps
        let outputs = channels.flatMap { channel in
            rows.flatMap { row in columns.map { (channel * height + row) * width + $0 } }
        }
        func ciphertext(_ index: Int, _ bytes: ArraySlice<UInt8>) -> BigInteger {
            let start = bytes.startIndex + index * key.ciphertextBytes
            return BigInteger(bigEndian: bytes[start..<start + key.ciphertextBytes])
        }
        // The first group of images is enough: all slots of a ciphertext share its randomness.
        elements = sources.map { ciphertext($0, up.bytes) } + outputs.map { ciphertext($0, down.bytes) }
        inputs = sources.count
        zeros = [Int](repeating: 0, count: count)
    }

    /// Solves for every filter modulo one more prime.
    func combine(
        _ readings: inout [RandomnessAttack.Reading?], _ logarithms: [Int?], modulo order: Int
    ) {
        for index in readings.indices {
            guard let reading = readings[index] else { continue }
            let equations = taps.enumerated().compactMap { position, window -> [UInt64]? in
                let coefficients = window.map { $0.map { logarithms[$0] } ?? .some(0) }
                let side = logarithms[inputs + index * taps.count + position]
                let equation = (coefficients + [side]).compactMap { $0.map(UInt64.init) }
                return equation.count == window.count + 1 ? equation : nil
            }
            let solutions =
                equations.count == taps.count
                ? PrimeElimination.solutions(equations, unknowns: zeros.count, modulo: UInt64(order)) : nil
            readings[index] = solutions?[0].map { reading.joined($0.map { Int($0) }, modulo: order) }
        }
    }
}
