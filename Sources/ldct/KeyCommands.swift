import ArgumentParser
import Foundation
import Experiments
import Paillier
import Support

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a Paillier key pair, in python-paillier's JSON format.",
        discussion: "Example: ldct keygen --private key.json --public key.pub.json")

    @Option(help: "Bits of the modulus.")
    var bits = 2048

    @Flag(help: "Allow less than 2048 bits, down to 1024.")
    var insecure = false

    @Option(name: .customLong("private"), help: "File of the private key; readable by its owner only.")
    var privateFile: String

    @Option(name: .customLong("public"), help: "File of the public key.")
    var publicFile: String

    @Option(help: "Kept in both files.")
    var comment = "Paillier key made by ldct"

    func validate() throws {
        // It stands in JSON as it is.
        guard comment.allSatisfy({ $0.isASCII && $0 >= " " && $0 != "\"" && $0 != "\\" }) else {
            throw ValidationError("--comment takes printable ASCII without quotes and backslashes.")
        }
    }

    func run() throws {
        try KeyFile.requireNew(private: privateFile, public: publicFile)
        let key = try PrivateKey(bits: bits, allowInsecure: insecure)
        try KeyFile.writePair(key, private: privateFile, public: publicFile, comment: comment)
        print("\(privateFile)\n\(publicFile)")
    }
}

struct EncryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt", abstract: "Encrypt numbers into a file that python-paillier reads.",
        discussion: """
            Example; negative numbers go after --:
              ldct encrypt --key key.pub.json --output values.json -- -1.5 2
            """)

    @Option(help: "File of the public key.")
    var key: String

    @Argument(help: "Numbers; multiples of 16^-32 are exact.")
    var values: [Double]

    @Option(help: "The file to write; standard output otherwise.")
    var output: String?

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    func run() throws {
        if let output { try OutputPath.requireWritable(output) }
        let data = try CiphertextFile.encrypt(values, key: KeyFile.publicKey(key, allowInsecure: insecure))
        if let output {
            try AtomicFile.write(data, to: output)
        } else {
            try Console.output(String(decoding: data, as: UTF8.self))
        }
    }
}

struct DecryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt a file of ciphertexts, one number a line.",
        discussion: "Example: ldct decrypt --key key.json values.json")

    @Option(help: "File of the private key.")
    var key: String

    @Argument(help: "The ciphertexts, ours or python-paillier's.")
    var file: String

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    func run() throws {
        let key = try KeyFile.privateKey(key, allowInsecure: insecure)
        for value in try KeyFile.decrypt(file, key: key) { print(value) }
    }
}
