import ArgumentParser
import Foundation
import Experiments
import Paillier
import Support

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a key pair: Paillier's in python-paillier's JSON format, or the lattice's in its own.",
        discussion: """
            encrypt and decrypt take Paillier keys, attack takes both. A lattice key (post-quantum, parameter set F) has no size of \
            its own. Runs make fresh keys of their own and take none from files.

            Examples:
              ldct keygen --private key.json --public key.pub.json
              ldct keygen --scheme lattice --private key.json --public key.pub.json
            """)

    @Option(help: "Whose key: paillier, or lattice.")
    var scheme = ExperimentScheme.paillier

    // --bits is what it was called before.
    @Option(
        name: [.customLong("key-bits"), .customLong("bits")], help: "Bits of a Paillier key's modulus. (default: 3072)")
    var bits: Int?

    @Flag(help: "Allow less than 2048 bits, down to 1024.")
    var insecure = false

    @Option(name: .customLong("private"), help: "File of the private key; readable by its owner only.")
    var privateFile: String

    @Option(name: .customLong("public"), help: "File of the public key.")
    var publicFile: String

    @Option(help: "Kept in both files. (default: who made the key)")
    var comment: String?

    func validate() throws {
        guard ExperimentScheme.slices.contains(scheme) else {
            throw ValidationError("--scheme is \(scheme.rawValue); expected paillier or lattice.")
        }
        guard !scheme.hasKeySettings, bits != nil || insecure else { return }
        throw ValidationError(
            "--scheme \(scheme.rawValue) does not go with --key-bits or --insecure: its parameter set is its size, at 128 bits of security."
        )
    }

    func run() throws {
        try KeyFile.requireNew(private: privateFile, public: publicFile)
        var settings = KeySettings()
        settings.bits = bits ?? settings.bits
        settings.insecure = insecure
        try KeyFile.writePair(
            KeyFile.fresh(scheme, settings), private: privateFile, public: publicFile,
            comment: comment ?? "\(scheme.rawValue.capitalized) key made by ldct")
        try print("\(privateFile)\n\(publicFile)")
    }
}

struct EncryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt numbers: one into a file that pheutil reads, several into a JSON list of the same.",
        discussion: """
            Numbers on the command line can be seen by every user of the machine and stay in the shell's history; without any, they \
            are read from standard input, with spaces or line ends between them.

            Examples; negative numbers go after --:
              ldct encrypt --key key.pub.json --output values.json < numbers.txt
              ldct encrypt --key key.pub.json --output values.json -- -1.5 2
            """)

    @Option(help: "File of the public key.")
    var key: String

    @Argument(
        help: "Numbers, multiples of 16^-32; read from standard input if none is given.",
        transform: { try number($0, "as an argument") })
    var values: [Double] = []

    @Option(help: "The file to write; standard output otherwise.")
    var output: String?

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    @OptionGroup var replacing: ForceOptions

    func run() throws {
        if let output {
            try OutputPath.require(output, .ciphertexts, inputs: [key], force: replacing.force)
        }
        let key = try KeyFile.publicKey(key, allowInsecure: insecure)
        let data = try CiphertextFile.encrypt(values.isEmpty ? Self.standardInput() : values, key: key)
        if let output {
            try AtomicFile.write(data, to: output)
        } else {
            try print(String(decoding: data, as: UTF8.self), terminator: "")
        }
    }

    /// The numbers on standard input. - Throws: `ValidationError` for anything else there, or nothing.
    private static func standardInput() throws -> [Double] {
        let data = try InputFile.contents("/dev/stdin", expected: "numbers", limit: 1 << 26)
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty else {
            throw ValidationError("no numbers, neither as arguments nor on standard input")
        }
        return try words.map { try number(String($0), "on standard input") }
    }

    /// - Throws: `ValidationError` for no number, and for one that a double would not be, digit for digit.
    private static func number(_ text: String, _ place: String) throws -> Double {
        if let number = CiphertextFile.double(writtenAs: text) { return number }
        let reason = Double(text) == nil ? "is not a number" : "is no number of which a double keeps all digits"
        throw ValidationError("'\(text.prefix(40))' \(place) \(reason)")
    }
}

struct DecryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt a file of ciphertexts, one number a line.",
        discussion: """
            Numbers with an exponent below 0 are the nearest doubles, others exact integers, as python-paillier gives them. Exit status 1 \
            if one is out of range.

            Example: ldct decrypt --key key.json values.json
            """)

    @Option(help: "File of the private key.")
    var key: String

    @Argument(help: "The ciphertexts, ours or python-paillier's.")
    var file: String

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    func run() throws {
        let key = try KeyFile.privateKey(key, allowInsecure: insecure)
        let numbers = try KeyFile.decrypt(file, key: key)
        try print(numbers.map(\.description).joined(separator: "\n"))
    }
}
