import ArgumentParser
import Experiments
import Foundation
import PrivateDenoising
import Support

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check evidence kits: manifest, every decryption, every value.",
        discussion: """
            'ldct run EXPERIMENT --evidence FOLDER' writes kits. Every file is compared with the kit's SHA256SUMS, every message of \
            ciphertexts is decrypted with the published key, and every value is computed anew from the input and the integer network. \
            Exit status 1 if anything differs. Tests/Interoperation/verify.py does the same without this program's code.

              ldct verify Results/reference/evidence                          all kits in a folder
              ldct verify Results/reference/evidence/lattice-shared --json    one
            """)

    @Argument(help: "Folders of a kit, or of several.")
    var folders: [String]

    @Option(help: "Worker threads; 0 means all processors.")
    var threads = 0

    @Flag(help: "A JSON object a kit.")
    var json = false

    func validate() throws {
        guard (0...1024).contains(threads) else { throw ValidationError("--threads takes 0 to 1024.") }
    }

    func run() throws {
        var isGood = true
        for folder in try folders.flatMap(EvidenceCheck.folders) {
            do {
                let check = try EvidenceCheck(folder, threads: threads == 0 ? Resources.threads : threads)
                isGood = isGood && check.mismatched == 0
                try tell(check)
            } catch let error as EvidenceError where error.exitStatus == 1 {
                // The other kits are checked all the same.
                isGood = false
                Console.tell("\(error)")
            }
        }
        guard isGood else { throw ExitCode(1) }
    }

    private func tell(_ check: EvidenceCheck) throws {
        guard json else {
            return try print(
                "\(check.folder): \(check.messages) messages, \(check.ciphertexts) ciphertexts, \(check.values) values, "
                    + "\(check.mismatched) differ")
        }
        let object: [String: Any] = [
            "folder": check.folder, "scheme": check.scheme.rawValue, "mode": check.mode.rawValue,
            "messages": check.messages, "ciphertexts": check.ciphertexts, "values": check.values,
            "mismatched_values": check.mismatched,
        ]
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        try print(String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self))
    }
}
