public import Foundation
import WideIntegers

/// python-paillier's ciphertext files: `{"v": "<decimal ciphertext>", "e": -32}`, the plaintext being `m * 16^e`.
///
/// The exponent is one public constant, never that of a value: exponents that follow the data tell anyone its magnitude.
public enum CiphertextFile {
    /// python-paillier's command line fixes the same one: values are multiples of 16^-32.
    public static let exponent = -32
    private static let scaleBits = 128

    private struct Number: Codable {
        var v: String
        var e: Int
    }

    /// Encrypts numbers as fixed-point integers `round(x * 16^32)`.
    /// - Throws: `plaintextOutOfRange` when a number is not finite or too large for the key.
    public static func encrypt(_ values: [Double], key: PublicKey) throws(PaillierError) -> Data {
        // Exact: a double times a power of two, as long as it stays finite.
        let scaled = values.map { $0 * Double(sign: .plus, exponent: scaleBits, significand: 1) }
        guard scaled.allSatisfy(\.isFinite) else { throw .plaintextOutOfRange(limit: "a number below 2^896") }
        let integers = scaled.map { BigInteger(rounding: $0) }
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
    /// - Throws: `malformedCiphertext`, `ciphertextOutOfRange`.
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
            integers.append(value)
        }
        let plaintexts = try key.decrypt(Ciphertexts(integers, key: key.publicKey))
        return numbers.enumerated().map { index, number in
            scaled(plaintexts.signed(index, key: key.publicKey), exponent: number.e)
        }
    }

    /// `m * 16^exponent` rounded toward zero to 53 bits.
    private static func scaled(_ m: BigInteger, exponent: Int) -> Double {
        let excess = max(0, m.bitWidth - 64)
        let top = Double(m.isNegative ? -(m.absoluteValue >> excess) : m >> excess)
        return scalbn(top, excess + 4 * exponent)
    }
}
