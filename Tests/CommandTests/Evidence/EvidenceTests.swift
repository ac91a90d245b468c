import Foundation
import Support
import TestSupport
import Testing

/// `ldct run --evidence` and `ldct verify`.
@Suite("Evidence kits") struct EvidenceTests {
    /// One case each of: nothing hidden, masks, signs, shares; and every way values sit in ciphertexts.
    static let experiment = """
        id: tiny
        title: "Is it so?"
        data: {random: 6, patches: 2}
        key: {bits: 1024, insecure: true}
        seed: 1
        threads: 1
        cases:
          - {mode: linear, network: {depth: 3, channels: 2, kernel: 3, relu: none, decoder: same, seed: 1}}
          - {mode: client-aided, layout: tile, network: {depth: 3, channels: 2, kernel: 3, relu: all, decoder: same, seed: 1}}
          - {mode: linear-fused, scheme: cleartext, network: {depth: 3, channels: 2, kernel: 3, relu: last, decoder: same, seed: 1}}
          - {mode: signed-mask, scheme: cleartext, network: {depth: 3, channels: 2, kernel: 3, relu: all, decoder: same, seed: 1}}
          - {mode: sign-pair, scheme: cleartext, network: {depth: 3, channels: 2, kernel: 3, relu: all, decoder: same, seed: 1}}
          - {mode: shared, scheme: cleartext, order: offline, network: {depth: 3, channels: 2, kernel: 3, relu: all, decoder: same, seed: 1}}
          - {mode: shared, scheme: lattice, network: {depth: 3, channels: 1, kernel: 3, relu: all, decoder: same, seed: 2}}
        """
    static let kits = [
        "cleartext-linear-fused", "cleartext-shared-offline", "cleartext-sign-pair", "cleartext-signed-mask",
        "lattice-shared",
        "paillier-client-aided-tile", "paillier-linear",
    ]

    private func withKits(_ body: (Program) throws -> Void) throws {
        try Program.withFolder { program in
            try program.write(Self.experiment, to: "e.yaml")
            try program.succeed("run e.yaml --evidence k")
            try body(program)
        }
    }

    @Test func kitsHold() throws {
        try withKits { program in
            #expect(try FileManager.default.contentsOfDirectory(atPath: program.path("k")).sorted() == Self.kits)
            let lines = try program.succeed("verify k --json").split(separator: "\n")
            #expect(lines.count == Self.kits.count)
            for (line, name) in zip(lines, Self.kits) {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["folder"] as? String == "k/\(name)" && object?["mismatched_values"] as? Int == 0)
                #expect((object?["values"] as? Int ?? 0) > 72 && (object?["ciphertexts"] as? Int ?? 0) > 0, "\(line)")
            }
            // Said where a person and where a program looks.
            for file in ["README.md", "kit.json", "key.json"] {
                let text = try program.text("k/paillier-linear/\(file)").uppercased()
                #expect(text.contains("THROW") && text.contains("PROTECTS NOTHING"), "\(file)")
            }
            // Nothing is measured, and nothing replaced.
            #expect(!program.files.contains { $0.hasPrefix("Results") || $0.hasSuffix(".tmp") })
            let again = try program.run("run e.yaml --evidence k")
            #expect(again.status == 2 && again.errors.contains("paillier-linear: exists"), "\(again.errors)")
        }
    }

    /// A byte anywhere, in every file of a kit.
    @Test func aChangedByteIsFound() throws {
        try withKits { program in
            for kit in ["k/cleartext-shared-offline", "k/paillier-linear"] {
                for file in program.files where file.hasPrefix(kit + "/") {
                    let original = try Self.flip(program.path(file))
                    let found = try program.run("verify \(kit)")
                    #expect(found.status == 1 && found.errors.contains("changed since it was published"), "\(file)")
                    try original.write(to: URL(fileURLWithPath: program.path(file)))
                }
                let (file, added) = (program.path("\(kit)/network.json"), program.path("\(kit)/more.txt"))
                try Data("x".utf8).write(to: URL(fileURLWithPath: added))
                #expect(try program.run("verify \(kit)").errors.contains("more.txt"))
                try FileManager.default.removeItem(atPath: added)
                try FileManager.default.removeItem(atPath: file)
                #expect(try program.run("verify \(kit)").errors.contains("network.json"))
            }
        }
    }

    /// Whoever makes the manifest anew is found by what the files say.
    @Test func aForgedManifestDoesNotHelp() throws {
        try withKits { program in
            for kit in ["k/cleartext-signed-mask", "k/lattice-shared", "k/paillier-linear"] {
                let own = program.files.filter { $0.hasPrefix(kit + "/") }
                let forged = own.filter { !$0.hasSuffix(EvidenceTests.manifest) && !$0.hasSuffix(".ldct") }
                for file in forged {
                    let original = try Self.flip(program.path(file))
                    try Self.writeManifest(program, own, kit)
                    // Seconds of a transcript, and words of a key file, decide nothing.
                    let status = try program.run("verify \(kit)").status
                    #expect(
                        status == 1 || file.hasSuffix("header.json") || file.hasSuffix("key.json"), "\(file): \(status)"
                    )
                    try original.write(to: URL(fileURLWithPath: program.path(file)))
                }
            }
        }
    }

    /// A ciphertext with a changed byte under digests that were made to fit decrypts to something else.
    @Test func aForgedMessageDoesNotHelp() throws {
        try withKits { program in
            let kit = "k/paillier-linear"
            let own = program.files.filter { $0.hasPrefix(kit + "/") }
            for message in ["000-up", "001-down"] {
                let path = "\(kit)/transcript/\(message).ldct"
                let header = try program.text("\(kit)/transcript/header.json")
                let before = try Digest.ofFile(program.path(path))
                let original = try Self.flip(program.path(path))
                try program.write(
                    header.replacing(before, with: Digest.ofFile(program.path(path))),
                    to: "\(kit)/transcript/header.json")
                try Self.writeManifest(program, own, kit)
                let found = try program.run("verify \(kit)")
                #expect(found.status == 1 && !found.errors.contains("changed since"), "\(found.errors)")
                try original.write(to: URL(fileURLWithPath: program.path(path)))
                try program.write(header, to: "\(kit)/transcript/header.json")
            }
        }
    }

    /// What a stranger's manifest says reaches no terminal as it is.
    @Test func namesInAManifestAreWords() throws {
        try withKits { program in
            let path = "k/paillier-linear/\(Self.manifest)"
            let manifest = try program.text(path)
            for changed in [
                manifest + String(repeating: "0", count: 64) + "  evil\u{1b}[31mname\n",
                manifest.replacing("\n", with: "\r\n"),
            ] {
                try program.write(changed, to: path)
                let found = try program.run("verify k/paillier-linear")
                #expect(found.status == 1 && found.errors.count { $0 == "\n" } == 1, "\(found.errors)")
                #expect(!found.errors.contains("\u{1b}") && !found.errors.contains("\r"))
            }
        }
    }

    @Test(arguments: [
        ("data: {random: 6, patches: 2}", "data: {random: 64, patches: 2}", "messages are"),
        ("mode: linear,", "mode: linear, scheme: integer,", "no messages"),
        ("mode: client-aided, layout: tile,", "mode: client-aided, permutation: shuffled,", "permutation"),
    ])
    func whatNoKitCanHoldIsRefused(old: String, new: String, reason: String) throws {
        try Program.withFolder { program in
            try program.write(Self.experiment.replacing(old, with: new), to: "e.yaml")
            let result = try program.run("run e.yaml --evidence k")
            #expect(result.status == 2 && result.errors.contains(reason), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1 && program.files == ["e.yaml"])
            let both = try program.run("run e.yaml --evidence k --dry-run")
            #expect(both.status == 2 && both.errors.contains("--dry-run"))
        }
    }

    @Test func whatIsNoKitIsRefused() throws {
        try Program.withFolder { program in
            try program.write("x", to: "file")
            for path in [".", "file", "missing"] {
                let result = try program.run("verify \(path)")
                #expect(result.status == 2 && result.errors.contains("expected an evidence kit"), "\(result.errors)")
            }
        }
    }

    /// The published kits: every scheme that encrypts in every mode it runs.
    @Test func publishedKitsHold() throws {
        let folder = Repository.root.appending(path: "Results/reference/evidence").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        let modes = ["linear", "linear-fused", "client-aided", "positive-mask", "signed-mask", "sign-pair", "shared"]
        let expected = modes.map { "paillier-\($0)" } + ["lattice-client-aided", "lattice-shared"]
        #expect(Set(expected).subtracting(names) == [])
        try Program.withFolder { program in
            let output = try program.succeed("verify \(folder)")
            #expect(output.split(separator: "\n").count == names.count)
        }
    }

    static let manifest = "SHA256SUMS"

    /// Changes a bit in the middle. - Returns: what was there.
    private static func flip(_ path: String) throws -> Data {
        let url = URL(fileURLWithPath: path)
        let original = try Data(contentsOf: url)
        var changed = original
        changed[changed.count / 2] ^= 4
        try changed.write(to: url)
        return original
    }

    private static func writeManifest(_ program: Program, _ files: [String], _ kit: String) throws {
        let lines = try files.filter { !$0.hasSuffix(manifest) }.map {
            "\(try Digest.ofFile(program.path($0)))  \($0.dropFirst(kit.count + 1))\n"
        }
        try program.write(lines.joined(), to: "\(kit)/\(manifest)")
    }
}
