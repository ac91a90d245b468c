public import Foundation
import Numerics

/// python-paillier's ciphertext files: `{"v": "<decimal ciphertext>", "e": -32}`, the plaintext being `m * 16^e`.
///
/// The exponent is one public constant, never that of a value: exponents that follow the data tell anyone its magnitude.
public enum CiphertextFile {
    /// python-paillier's command line fixes the same one: values are multiples of 16^-32.
    public static let exponent = -32
    private static let scaleBits = 128
    /// Beyond these no residue of a key of 8192 bits, the longest, stands for a finite number other than 0.
    private static let exponents = -4096...1024

    private struct Number: Codable {
        var v: String
        var e: Int
    }

    /// Encrypts numbers as fixed-point integers `round(x * 16^32)`.
    /// - Throws: `numberOutOfRange` when a number is not finite or 2^896 and more, `plaintextOutOfRange` when it is too large
    ///   for the key.
    public static func encrypt(_ values: [Double], key: PublicKey) throws(PaillierError) -> Data {
        // Exact: a double times a power of two, as long as it stays finite.
        let scaled = values.map { $0 * Double(sign: .plus, exponent: scaleBits, significand: 1) }
        guard scaled.allSatisfy(\.isFinite) else { throw .numberOutOfRange }
        let integers = scaled.map { BigInteger(rounding: $0) }
        let limit = limit(key)
        guard integers.allSatisfy({ $0.absoluteValue < limit }) else { throw .plaintextOutOfRange(limit: "n/3") }
        let plaintexts = try Plaintexts(integers, key: key)
        let ciphertexts = Rerandomizer(key: key, randomness: .djn).encrypt(plaintexts)
        let numbers = (0..<ciphertexts.count).map { Number(v: ciphertexts[$0].description, e: exponent) }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let data = try numbers.count == 1 ? encoder.encode(numbers[0]) : encoder.encode(numbers)
            return data + Data("\n".utf8)
        } catch {
            throw .malformedCiphertext("cannot be written as JSON")
        }
    }

    /// Decrypts a file of one number or an array of numbers, ours or python-paillier's.
    ///
    /// Plaintexts with `|m| >= n / 3` are refused as in python-paillier: no number is encrypted there. Another key's ciphertext of
    /// the same size decrypts to a uniform residue, which from 2048 bits on lies there or beyond the doubles: never a number.
    /// - Throws: `malformedCiphertext`, `ciphertextOutOfRange`, `decryptedOutOfRange` with the number's index.
    public static func decrypt(_ data: Data, key: PrivateKey) throws(PaillierError) -> [Double] {
        let numbers: [Number]
        do {
            numbers =
                try (try? [JSONDecoder().decode(Number.self, from: data)])
                ?? JSONDecoder().decode([Number].self, from: data)
        } catch {
            throw .malformedCiphertext("{\"v\": \"<decimal>\", \"e\": <integer>} or an array of these expected")
        }
        var integers: [BigInteger] = []
        for (index, number) in numbers.enumerated() {
            guard let value = BigInteger(decimal: number.v) else {
                throw .malformedCiphertext("\"v\" of number \(index) is not a decimal integer")
            }
            guard exponents.contains(number.e) else {
                throw .malformedCiphertext(
                    "\"e\" of number \(index) is \(number.e); expected \(exponents.lowerBound) to \(exponents.upperBound)"
                )
            }
            integers.append(value)
        }
        let plaintexts = try key.decrypt(Ciphertexts(integers, key: key.publicKey))
        var values: [Double] = []
        for (index, number) in numbers.enumerated() {
            let m = plaintexts.signed(index, key: key.publicKey)
            let value = scaled(m, exponent: number.e)
            guard m.absoluteValue < limit(key.publicKey), value.isFinite else {
                throw .decryptedOutOfRange(index: index)
            }
            values.append(value)
        }
        return values
    }

    /// python-paillier's bound on the magnitude of plaintexts; what lies beyond is an overflow.
    private static func limit(_ key: PublicKey) -> BigInteger {
        key.n.quotientAndRemainder(dividingBy: BigInteger(3)).quotient
    }

    /// `m * 16^exponent` rounded toward zero to 53 bits.
    private static func scaled(_ m: BigInteger, exponent: Int) -> Double {
        let excess = max(0, m.bitWidth - 64)
        let top = Double(m.isNegative ? -(m.absoluteValue >> excess) : m >> excess)
        return scalbn(top, excess + 4 * exponent)
    }
}
