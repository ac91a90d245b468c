public import Foundation
public import Numerics

/// A decrypted number, as python-paillier decodes it.
public enum DecryptedNumber: Sendable, Equatable, CustomStringConvertible {
    /// An exponent of 0 and above: exact, of any size.
    case integer(BigInteger)
    /// A negative exponent: the nearest double, of two equally near ones the even.
    case real(Double)

    public var description: String {
        switch self {
        case .integer(let value): value.description
        case .real(let value): value.description
        }
    }

    /// `m * 16^exponent`.
    init(_ m: BigInteger, exponent: Int) {
        guard exponent < 0 else {
            self = .integer(m << (4 * exponent))
            return
        }
        // The place of the result's last bit, as a power of two: 53 bits, fewer where it is subnormal.
        let last = max(m.bitWidth + 4 * exponent - 53, -1074)
        let dropped = last - 4 * exponent
        let magnitude = m.absoluteValue
        var kept = magnitude
        if dropped > 0 {
            kept = magnitude >> dropped
            let (rest, half) = (magnitude - kept << dropped, BigInteger.one << (dropped - 1))
            if rest > half || (rest == half && kept.isOdd) { kept = kept + .one }
        }
        let value = scalbn(Double(kept), dropped > 0 ? last : 4 * exponent)
        self = .real(m.isNegative ? -value : value)
    }
}

/// python-paillier's ciphertext files: `{"v": "<decimal ciphertext>", "e": -32}`, the plaintext being `m * 16^e`.
///
/// The exponent is one public constant, never that of a value: exponents that follow the data tell anyone its magnitude.
public enum CiphertextFile {
    /// python-paillier's command line fixes the same one: values are multiples of 16^-32.
    public static let exponent = -32
    private static let scaleBits = 128
    /// Beyond these no residue of a key of 8192 bits, the longest, stands for a finite number other than 0.
    private static let exponents = -4096...1024

    /// The double that a text stands for; nil for no number, and for one that a double would change: whole numbers, and those of more
    /// than the 17 digits that tell a double from its neighbours, have to be it, and only 0 is 0.
    public static func double(writtenAs text: String) -> Double? {
        guard let value = Double(text) else { return nil }
        let isHexadecimal = text.drop { $0 == "-" || $0 == "+" }.prefix(2).lowercased() == "0x"
        let mantissa = text.prefix { !(isHexadecimal ? "pP" : "eE").contains($0) }
        if value == 0, mantissa.contains(where: { ($0.hexDigitValue ?? 0) != 0 }) { return nil }
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }) else { return value }
        let (written, decimals) = (parts.joined(), parts.count == 2 ? parts[1].count : 0)
        guard decimals == 0 || written.drop(while: { $0 == "0" }).count > 17 else { return value }
        // value * 2^bits is whole, and has to be written / 10^decimals * 2^bits.
        let bits = value == 0 ? 0 : max(0, 52 - Int(value.exponent))
        guard value.isFinite, written.count < 2000, let digits = BigInteger(written, radix: 10),
            let power = BigInteger("1" + String(repeating: "0", count: decimals), radix: 10)
        else { return nil }
        return digits << bits == BigInteger(rounding: scalbn(value.magnitude, bits)) * power ? value : nil
    }

    /// Encrypts numbers as fixed-point integers `x * 16^32`, exactly.
    /// - Throws: `numberOutOfRange` when a number is not finite or 2^896 and more, `numberTooFine` when it has digits below 16^-32,
    ///   `plaintextOutOfRange` when it is too large for the key.
    public static func encrypt(_ values: [Double], key: PublicKey) throws(PaillierError) -> Data {
        // Exact: a double times a power of two, as long as it stays finite.
        let scaled = values.map { $0 * Double(sign: .plus, exponent: scaleBits, significand: 1) }
        guard scaled.allSatisfy(\.isFinite) else { throw .numberOutOfRange }
        if let index = scaled.firstIndex(where: { $0 != $0.rounded() }) { throw .numberTooFine(values[index]) }
        let integers = scaled.map { BigInteger(rounding: $0) }
        let limit = limit(key)
        guard integers.allSatisfy({ $0.absoluteValue < limit }) else { throw .plaintextOutOfRange(limit: "n/3") }
        let plaintexts = try Plaintexts(integers, key: key)
        let ciphertexts = Rerandomizer(key: key, randomness: .djn).encrypt(plaintexts)
        let numbers = (0..<ciphertexts.count).map { CiphertextNumber(v: ciphertexts[$0].description, e: exponent) }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let data = try numbers.count == 1 ? encoder.encode(numbers[0]) : encoder.encode(numbers)
            return data + Data("\n".utf8)
        } catch {
            throw .malformedCiphertext("cannot be written as JSON")
        }
    }

    /// Whether a file's bytes are ciphertexts in one of the forms that `decrypt` reads.
    public static func isOne(_ data: Data) -> Bool { (try? CiphertextList(data)) != nil }

    /// Decrypts a file of one number or many, ours or python-paillier's: `{"v": ..., "e": ...}`, an array of these, or
    /// `{"public_key": {"n": ...}, "values": [["<decimal>", e], ...]}`, whose n must be the key's.
    ///
    /// Plaintexts with `|m| >= n / 3` are refused as in python-paillier: no number is encrypted there. Under a negative exponent
    /// another key's ciphertext of the same size, which decrypts to a uniform residue, from 2048 bits on lies there or beyond the
    /// doubles: never a number.
    /// - Throws: `malformedCiphertext`, `ciphertextOutOfRange`, `decryptedOutOfRange` with the number's index.
    public static func decrypt(_ data: Data, key: PrivateKey) throws(PaillierError) -> [DecryptedNumber] {
        let list = try CiphertextList(data)
        if let n = list.modulus, n != key.publicKey.n {
            throw .malformedCiphertext("encrypted under another key, whose \"n\" the file names")
        }
        // A number of more digits than n^2 has is none; reading tens of millions of them takes seconds.
        let digits = key.publicKey.bits * 2 / 3
        var integers: [BigInteger] = []
        for (index, number) in list.numbers.enumerated() {
            guard number.v.utf8.count <= digits else { throw .ciphertextOutOfRange(index: index) }
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
        var values: [DecryptedNumber] = []
        for (index, number) in list.numbers.enumerated() {
            let m = plaintexts.signed(index, key: key.publicKey)
            guard m.absoluteValue < limit(key.publicKey) else { throw .decryptedOutOfRange(index: index) }
            let value = DecryptedNumber(m, exponent: number.e)
            if case .real(let value) = value, !value.isFinite { throw .decryptedOutOfRange(index: index) }
            values.append(value)
        }
        return values
    }

    /// python-paillier's bound on the magnitude of plaintexts; what lies beyond is an overflow.
    private static func limit(_ key: PublicKey) -> BigInteger {
        key.n.quotientAndRemainder(dividingBy: BigInteger(3)).quotient
    }
}

/// One ciphertext of a file: the number's decimal digits, and its exponent of 16.
private struct CiphertextNumber: Codable {
    var v: String
    var e: Int
}

extension CiphertextNumber {
    init(from decoder: any Decoder) throws {
        if let pair = try? decoder.unkeyedContainer() {
            var pair = pair
            v = try pair.decode(LongInteger.self).digits
            e = try pair.decode(Exponent.self).value
            guard pair.isAtEnd else { throw PaillierError.malformedCiphertext("a pair expected") }
        } else {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            v = try fields.decode(LongInteger.self, forKey: .v).digits
            e = try fields.decode(Exponent.self, forKey: .e).value
        }
    }
}

/// An exponent; of a number beyond `Int`, which the reader sees as a text, the nearest.
private struct Exponent: Decodable {
    let value: Int

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let value = try? single.decode(Int.self) {
            self.value = value
        } else {
            let digits = try single.decode(String.self)
            guard digits.utf8.count >= 16, BigInteger(decimal: digits) != nil else {
                throw PaillierError.malformedCiphertext("an exponent expected")
            }
            value = Int(digits) ?? (digits.hasPrefix("-") ? .min : .max)
        }
    }
}

/// An integer of any length, as a JSON string or a JSON number.
private struct LongInteger: Decodable {
    let digits: String

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) { digits = text } else { digits = "\(try value.decode(Int.self))" }
    }
}

/// A file's ciphertexts, whichever of python-paillier's forms it has.
private struct CiphertextList {
    let numbers: [CiphertextNumber]
    /// Where the file names it.
    var modulus: BigInteger?

    private struct WithKey: Decodable {
        struct Key: Decodable { let n: LongInteger }
        let public_key: Key
        let values: [CiphertextNumber]
    }

    init(_ data: Data) throws(PaillierError) {
        let (data, decoder) = (Self.quotingLongIntegers(data), JSONDecoder())
        if let one = try? decoder.decode(CiphertextNumber.self, from: data) {
            numbers = [one]
        } else if let many = try? decoder.decode([CiphertextNumber].self, from: data) {
            numbers = many
        } else if let file = try? decoder.decode(WithKey.self, from: data) {
            numbers = file.values
            modulus = BigInteger(decimal: file.public_key.n.digits)
            guard modulus != nil else { throw .malformedCiphertext("\"n\" is not a decimal integer") }
        } else {
            throw .malformedCiphertext(
                "{\"v\": \"<decimal>\", \"e\": <integer>}, an array of these, or {\"public_key\": {\"n\": <integer>}, "
                    + "\"values\": [[\"<decimal>\", <integer>], ...]} expected")
        }
    }

    /// The same JSON with integers of 16 digits and more as strings: Foundation reads no longer ones exactly, Python writes them.
    private static func quotingLongIntegers(_ data: Data) -> Data {
        var (output, token) = (Data(), Data())
        var (inString, isEscaped) = (false, false)
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        for byte in data + [0x20] {
            if !inString, isDigit(byte) || (token.isEmpty && byte == UInt8(ascii: "-")) {
                token.append(byte)
                continue
            }
            // A fraction or an exponent follows: no integer.
            let isWhole = !".eE".utf8.contains(byte) && !".eE+".utf8.contains(output.last ?? 0)
            output += token.count >= 16 && isWhole ? Data("\"".utf8) + token + Data("\"".utf8) : token
            token.removeAll()
            output.append(byte)
            if inString, byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                if byte == UInt8(ascii: "\""), !isEscaped { inString.toggle() }
                isEscaped = false
            }
        }
        return output
    }
}
