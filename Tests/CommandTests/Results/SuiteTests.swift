import Foundation
import Testing

/// The shape of the FHE Benchmarking Suite: stages as processes, and results files.
@Suite("FHE Benchmarking Suite") struct SuiteTests {
    private static let experiment = """
        id: tiny
        title: "Does it fit?"
        data: {file: d.h5, patches: 1}
        key: {bits: 3072}
        seed: 1
        threads: 2
        cases:
          - {mode: linear-fused, weights: linear.h5, crop: {size: 11, count: 1}}

        """
    private static let stages = [
        "client_key_generation", "server_preprocess_model", "harness_generate_input", "client_preprocess_input",
        "client_encode_encrypt_input", "server_encrypted_compute", "client_decrypt_decode", "client_postprocess",
    ]

    @Test func stagesKnowNothingButFiles() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            for stage in Self.stages { try program.succeed("stage \(stage) 0 --experiment e.yaml --root s") }
            let output = try program.text("s/io/single/intermediate/output.txt")
            #expect(try output == program.text("s/datasets/single/expected.txt") && output.count > 121)
            #expect(try program.text("s/io/single/denoised.txt").split(separator: "\n").count == 121)
            let mode = try FileManager.default.attributesOfItem(atPath: program.path("s/io/single/secret_key/key.json"))
            #expect(mode[.posixPermissions] as? Int == 0o600)
            // A key is never replaced, and what is no stage's is left alone.
            for (stage, file) in [
                ("client_key_generation", "secret_key/key.json"), ("client_postprocess", "denoised.txt"),
                ("server_preprocess_model", "intermediate/terms.json"),
            ] {
                let path = "s/io/single/\(file)"
                let kept = try program.text(path)
                if !file.hasPrefix("secret") { try program.write("mine", to: path) }
                let before = try program.text(path)
                let result = try program.run("stage \(stage) 0 --experiment e.yaml --root s")
                #expect(result.status == 2 && result.errors.contains("exists"), "\(stage): \(result.errors)")
                #expect(try program.text(path) == before)
                if before == "mine" { try program.write(kept, to: path) }
            }
            // The client's stages read no weights.
            try FileManager.default.removeItem(atPath: program.path("linear.h5"))
            for stage in ["client_encode_encrypt_input", "client_decrypt_decode"] {
                // A new upload has new randomness: the old answer still decrypts.
                try program.succeed("stage \(stage) 0 --experiment e.yaml --root s")
            }
            let result = try program.run("stage server_encrypted_compute 0 --experiment e.yaml --root s")
            #expect(result.status == 2)
        }
    }

    @Test(arguments: [
        ("bits: 3072", "bits: 2048", "112 bits of security"),
        ("mode: linear-fused, weights: linear.h5", "mode: client-aided, weights: relu.h5", "more than one round"),
        ("mode: linear-fused", "mode: linear-fused, scheme: integer", "no messages"),
    ])
    func whatDoesNotFitIsRefused(old: String, new: String, reason: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing(old, with: new))
            let result = try program.run("stage server_preprocess_model 0 --experiment e.yaml --root s")
            #expect(result.status == 2 && result.errors.contains(reason), "\(result.errors)")
            #expect(!program.files.contains { $0.hasPrefix("s/") })
            #expect(try program.run("stage server 0 --experiment e.yaml").status == 2)
            #expect(try program.run("stage client_postprocess 9 --experiment e.yaml").status == 2)
            let early = try program.run("stage client_postprocess 0 --experiment e.yaml --root s")
            #expect(early.status == 2 && early.errors.contains("terms.json"), "\(early.errors)")
        }
    }

    @Test func resultsFilesOfThreeTrials() throws {
        try Program.withFolder { program in
            let shared = "{mode: client-aided, scheme: lattice, weights: relu.h5, crop: {size: 11, count: 1}}"
            try program.writeInputs(
                Self.experiment.replacing("seed: 1", with: "seed: 1\ntrials: 3") + "  - \(shared)\n")
            try program.succeed("run e.yaml --quiet")
            try program.write("", to: "document.md")
            try program.succeed("report tiny --document document.md --fhe-suite s")
            let files = program.files.filter { $0.hasPrefix("s/measurements/") }
            #expect(files.count == 6 && files.allSatisfy { $0.contains("results-") }, "\(files)")
            let path = try #require(files.first { $0.contains("paillier") && $0.hasSuffix("results-2.json") })
            let data = Data(try program.text(path).utf8)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let (timing, sizes) = (object["Timing"] as? [String: String], object["Bandwidth"] as? [String: String])
            #expect(Set((timing ?? [:]).keys).isSuperset(of: ["Key Generation", "Input encryption", "Total"]))
            #expect(
                timing?.values.allSatisfy { $0.wholeMatch(of: #/[\d.]+(e-\d+)?s/#) != nil } == true, "\(timing ?? [:])")
            // 121 ciphertexts of 768 bytes and a header.
            #expect(sizes?["Encrypted input"] == "90.8K", "\(sizes ?? [:])")
            let own = object["ldct"] as? [String: Any]
            #expect(own?["security_bits"] as? Int == 128 && own?["mismatched_values"] as? Int == 0)
        }
    }

    /// Cases that differ in layout or bits alone are rows of their own.
    @Test func everyCaseHasItsRow() throws {
        try Program.withFolder { program in
            let shared = "mode: client-aided, scheme: lattice, weights: relu.h5, crop: {size: 11, count: 1}"
            try program.writeInputs(
                Self.experiment.replacing("seed: 1", with: "seed: 1\ntrials: 3")
                    .replacing(
                        "  - {mode: linear-fused, weights: linear.h5, crop: {size: 11, count: 1}}\n",
                        with: "  - {\(shared)}\n  - {\(shared), layout: tile}\n"
                            + "  - {\(shared), precision: {weights: 8, activations: 8}}\n"))
            try program.succeed("run e.yaml --quiet")
            try program.write("", to: "document.md")
            try program.succeed("report tiny --document document.md --fhe-suite s")
            let rows = Set(
                program.files.filter { $0.hasPrefix("s/measurements/") }.map {
                    $0.split(separator: "/").dropLast().joined(separator: "/")
                })
            #expect(rows.count == 3 && rows.count { $0.contains("layout-tile") } == 1, "\(rows)")
        }
    }

    @Test(arguments: [("seed: 1", "seed: 1", "asks for three"), ("bits: 3072", "bits: 2048", "112 bits of security")])
    func recordsThatAreNoSubmissionAreRefused(old: String, new: String, reason: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing(old, with: new))
            try program.succeed("run e.yaml --quiet")
            try program.write("", to: "document.md")
            let result = try program.run("report tiny --document document.md --fhe-suite s")
            #expect(result.status == 2 && result.errors.contains(reason), "\(result.errors)")
            #expect(!program.files.contains { $0.hasPrefix("s/") })
        }
    }
}
