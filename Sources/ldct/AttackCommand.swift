import ArgumentParser
import Foundation
import Harness

struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack",
        abstract: "Make one attack on a recorded transcript.",
        discussion: """
            'ldct run EXPERIMENT --transcripts FOLDER' records transcripts, each with its client's key beside it. An attack sees a transcript and what its attacker owns: \
            the client (filters, network, operator, randomness, radix) its private key, the server (ciphertexts, exponents) nothing more. \
            For reaction, key and weights stand for the victims. With --weights the client's attacks are scored against the network attacked. \
            Example: ldct attack filters --transcript T --key T.key.json --method divisors
            """)

    @Argument(help: "One of: \(TranscriptAttack.names.joined(separator: ", ")).")
    var name: String

    @Option(help: "The transcript, a folder.")
    var transcript: String

    @Option(help: "File of the client's private key, for transcripts with ciphertexts.")
    var key: String?

    @Option(help: "Weights file of the network attacked, for scores.")
    var weights: String?

    @Option(help: "Bits of its integer weights.")
    var weightBits = 10

    @Option(help: "One of the attack's methods; 'ldct attack filters --method help' lists them.")
    var method: String?

    @Option(help: "Patches of the transcript to use; all without it.")
    var patches: Int?

    @Option(help: "Equations per layer at most.")
    var rows = 1 << 18

    @Option(help: "Of everything random.")
    var seed = 1

    @Option(help: "Worker threads; 0 means all processors.")
    var threads = 0

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    func validate() throws {
        guard patches ?? 1 > 0, rows >= 64, seed >= 0, threads >= 0 else {
            throw ValidationError("--patches takes 1 or more, --rows 64 or more, --seed and --threads 0 or more.")
        }
    }

    func run() throws {
        let attack = try TranscriptAttack(
            name, transcript: transcript, key: key, allowInsecure: insecure, weights: weights, weightBits: weightBits,
            method: method, patches: patches, rows: rows, seed: UInt64(seed), threads: threads)
        let values = try attack.run()
        if json {
            let fields = values.map { "\"\($0.name)\": \($0.value.isFinite ? "\($0.value)" : "null")" }
            print("{\(fields.joined(separator: ", "))}")
        } else {
            for value in values { print("\(value.name)  \(value.value)\(value.unit == "1" ? "" : " " + value.unit)") }
        }
    }
}
