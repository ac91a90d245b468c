import Foundation
import Experiments
import Lattice
import Leakage
import Paillier
import PrivateDenoising
import Testing
import Numerics

@Suite("ldct keygen, encrypt, decrypt")
struct KeyCommandTests {
    // --bits, as it was called before, is tried where outputs are.
    static let keygen = "keygen --key-bits 1024 --insecure --private k.json --public p.json"

    @Test func numbersComeBack() throws {
        try Program.withFolder { program in
            try program.succeed(Self.keygen)
            let values = "0 1 -1 2.5 -1234567.125 7.888609052210118e-31 3.141592653589793"
            try program.succeed("encrypt --insecure --key p.json --output c.json -- \(values)")
            let output = try program.succeed("decrypt --insecure --key k.json c.json")
            #expect(
                output.split(separator: "\n").map { Double($0) } == values.split(separator: " ").map { Double($0) })
            let one = try program.succeed("encrypt --insecure --key k.json -- 2")
            #expect(one.hasPrefix("{\"e\":-32,\"v\":\"") && one.hasSuffix("\"}\n"))
            #expect(program.files == ["c.json", "k.json", "p.json"])
        }
    }

    @Test func privateKeyIsItsOwnersAlone() throws {
        try Program.withFolder { program in
            try program.succeed(Self.keygen)
            let attributes = try FileManager.default.attributesOfItem(atPath: program.path("k.json"))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            let file = try program.text("k.json")
            #expect(file.contains("\"kty\":\"DAJ\"") && file.contains("\"p\":"))
            #expect(!(try program.text("p.json").contains("\"p\":")))
        }
    }

    /// The lattice's own format; each run of it makes another key, and the private file is its owner's alone.
    @Test func aLatticeKeyIsAPairOfFilesThatLoad() throws {
        try Program.withFolder { program in
            let keygen = "keygen --scheme lattice --private k.json --public p.json"
            #expect(try program.succeed(keygen) == "k.json\np.json\n")
            let attributes = try FileManager.default.attributesOfItem(atPath: program.path("k.json"))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            let read = try KeyFile.clientKey(program.path("k.json"), allowInsecure: false)
            guard let key = read.key(of: LatticeScheme.self) else {
                Issue.record("not a lattice key")
                return
            }
            let file = try program.text("p.json")
            let publicKey = try Lattice.PublicKey(json: Data(file.utf8))
            #expect(publicKey.bytes == key.publicKey.bytes && publicKey.parameters.name == "F")
            #expect(file.contains("\"kid\":\"Lattice key made by ldct\"") && !file.contains("\"s\":"))
            let again = try program.run(keygen)
            #expect(
                again.status == 2
                    && again.errors == "ldct: k.json: exists; expected a new name, as a key never replaces anything\n")
            try program.succeed("keygen --scheme lattice --private k2.json --public p2.json")
            #expect(try program.text("p2.json") != file)
            for (arguments, reason) in [
                ("keygen --scheme lattice --bits 2048 --private a --public b", "lattice does not go with --key-bits"),
                (
                    "keygen --scheme lattice --key-bits 2048 --private a --public b",
                    "lattice does not go with --key-bits"
                ),
                ("keygen --scheme lattice --insecure --private a --public b", "lattice does not go with --key-bits"),
                ("encrypt --key p.json 1", "p.json: a key of the lattice, which encrypts images only"),
                ("decrypt --key k.json p.json", "k.json: a key of the lattice, which encrypts images only"),
            ] {
                let refused = try program.run(arguments)
                #expect(refused.status != 0 && refused.errors.contains(reason), "\(refused.errors)")
            }
            #expect(program.files == ["k.json", "k2.json", "p.json", "p2.json"])
        }
    }

    static let mistakes: [(arguments: String, message: String)] = [
        (
            "keygen --bits 1024 --private a --public b",
            "key of 1024 bits: at least 2048 expected (`insecure: true` or --insecure allows 1024)"
        ),
        (
            "keygen --bits 512 --insecure --private a --public b",
            "key of 512 bits: at least 1024 expected (`insecure: true` or --insecure allows 1024)"
        ),
        (
            "\(keygen)", "k.json: exists; expected a new name, as a key never replaces anything"
        ),
        ("keygen --bits 1024 --insecure --private a --public a", "a: named for two outputs; expected two files"),
        (
            "keygen --private no/a --public b",
            "no/a: cannot be written (no such file or directory); expected a path in an existing, writable folder"
        ),
        (
            "encrypt --key p.json 1",
            "p.json: key of 1024 bits: at least 2048 expected (`insecure: true` or --insecure allows 1024)"
        ),
        (
            "encrypt --insecure --key none.json 1",
            "none.json: cannot be read (no such file or directory); expected a JSON file"
        ),
        (
            "encrypt --insecure --key zero.json 1",
            "zero.json: key: not a python-paillier key: JSON with \"kty\": \"DAJ\" and \"n\" expected"
        ),
        (
            "encrypt --insecure --key p.json nan",
            "a number to encrypt is not finite or too large: a magnitude below 2^896 expected"
        ),
        (
            "encrypt --insecure --key p.json 1e300",
            "a number to encrypt is not finite or too large: a magnitude below 2^896 expected"
        ),
        (
            "encrypt --insecure --key p.json 1 --output no/x.json",
            "no/x.json: cannot be written (no such file or directory); expected a path in an existing, writable folder"
        ),
        (
            "decrypt --insecure --key p.json c.json",
            "p.json: key: not a python-paillier private key: JSON with \"p\", \"q\" and \"pub\" expected"
        ),
        (
            "decrypt --insecure --key k.json zero.json",
            "zero.json: ciphertext 0 is not a unit modulo n^2: 0 < c < n^2 and gcd(c, n) = 1 expected "
                + "(another key's ciphertext?)"
        ),
        (
            "decrypt --insecure --key k.json c.json",
            "c.json: ciphertext 0 is not a unit modulo n^2: 0 < c < n^2 and gcd(c, n) = 1 expected "
                + "(another key's ciphertext?)"
        ),
        (
            "decrypt --key k2.json exponent.json",
            "exponent.json: ciphertext: \"e\" of number 0 is 9223372036854775807; expected -4096 to 1024"
        ),
        (
            "decrypt --insecure --key k.json k.json",
            "k.json: ciphertext: {\"v\": \"<decimal>\", \"e\": <integer>}, an array of these, or {\"public_key\": "
                + "{\"n\": <integer>}, \"values\": [[\"<decimal>\", <integer>], ...]} expected"
        ),
    ]

    /// 2^53 + 1 is no double, and no double has 28 digits behind the point; 2^60 and 17 digits are.
    @Test(arguments: [
        ("9007199254740993", false), ("123456789012345678901234567890", false),
        ("0.5000000000000000000000000001", false), ("1152921504606846976", true), ("-0.1", true),
        ("0.50000000000000000000000", true), ("12345.678901234567", true),
        ("9007199254740992.0000000000000000001", false),
    ])
    func noDigitIsLost(text: String, isTaken: Bool) throws {
        try Program.withFolder { program in
            try program.succeed(Self.keygen)
            let result = try program.run("encrypt --insecure --key p.json --output c.json -- \(text)")
            #expect(result.status == (isTaken ? 0 : 2), "\(result.errors)")
            #expect(isTaken || result.errors.contains("a double keeps all digits"), "\(result.errors)")
            guard isTaken else { return }
            let back = try program.succeed("decrypt --insecure --key k.json c.json")
            #expect(Double(back.trimmingCharacters(in: .whitespacesAndNewlines)) == Double(text))
        }
    }

    /// Made once: long primes take seconds.
    private static let keysOfTwoSizes = Result {
        var files: [String: String] = [:]
        try Program.withFolder { program in
            try program.succeed(keygen)
            try program.succeed("keygen --private k2.json --public p2.json")
            try program.succeed("encrypt --key p2.json --output c.json 1")
            for name in program.files { files[name] = try program.text(name) }
        }
        return files
    }

    /// c.json is encrypted under a longer key.
    @Test(arguments: mistakes) func mistakesAreOneLineAndStatusTwo(arguments: String, message: String) throws {
        try Program.withFolder { program in
            for (name, text) in try Self.keysOfTwoSizes.get() {
                try program.write(text, to: name)
                chmod(program.path(name), 0o600)
            }
            try program.write("{\"v\": \"0\", \"e\": -32}", to: "zero.json")
            try program.write("{\"v\": \"1\", \"e\": 9223372036854775807}", to: "exponent.json")
            let before = program.files
            let result = try program.run(arguments)
            #expect(result.status == 2)
            #expect(result.errors == "ldct: \(message)\n")
            #expect(result.output == "")
            #expect(program.files == before)
        }
    }

    /// Its ciphertexts are valid ones of the longer modulus: only the plaintexts give them away.
    @Test func ciphertextsOfAnotherKeyOfTheSameSizeAreRefused() throws {
        let keys = try [PrivateKey(bits: 2048), PrivateKey(bits: 2048)].sorted { $0.publicKey.n < $1.publicKey.n }
        try Program.withFolder { program in
            try KeyFile.writePair(
                .paillier(keys[1]), private: program.path("k.json"), public: program.path("p.json"), comment: "test")
            try CiphertextFile.encrypt([1, -2], key: keys[0].publicKey)
                .write(to: URL(fileURLWithPath: program.path("c.json")))
            let result = try program.run("decrypt --key k.json c.json")
            #expect(result.status == 1 && result.output == "")
            #expect(
                result.errors == "ldct: c.json: number 0 decrypts out of range: |m| < n/3 and a finite number expected "
                    + "(another key's ciphertext?)\n")
        }
    }
}
