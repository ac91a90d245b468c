import Denoising
import Foundation
import Reporting
import TestSupport
import Testing

/// Experiments whose network is with `ldct serve`.
@Suite("server: in experiments", .serialized)
struct ServedExperimentTests {
    private static let certificates = try? TestCertificates()

    private static let cases = """
        id: tiny
        title: "Does it run elsewhere?"
        data: {file: d.h5, patches: 1}
        key: {bits: 1024, insecure: true}
        seed: 1
        threads: 1
        cases:
          - {mode: client-aided, scheme: cleartext, weights: relu.h5}
          - {mode: client-aided, layout: tile, weights: relu.h5}
          - {mode: client-aided, layout: tile, scheme: lattice, weights: relu.h5}
          - {mode: shared, scheme: lattice, weights: relu.h5}
          - {mode: positive-mask, scheme: cleartext, weights: relu.h5, crop: {size: 11, count: 1}}

        """

    private func serve(_ program: Program, _ options: String) throws -> ServingProgram {
        try ServingProgram(program, "--weights relu.h5 --listen 127.0.0.1:0 --insecure-keys \(options)")
    }

    private func rows(_ program: Program, _ folder: String) throws -> [ResultSummary.Row] {
        ResultSummary(try RecordFile.read(program.path("\(folder)/tiny/records.jsonl")).measurements).rows
            .filter { $0.key.method == .encrypted }
    }

    /// Quality, bytes and counts are those of the run in one process; seconds are the client's and those that passed.
    @Test func rowsAreThoseOfTheLocalRun() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cases)
            try program.succeed("run e.yaml --quiet --results here")
            let server = try serve(program, "--insecure-plain-text")
            defer { server.end() }
            let elsewhere = "server: {address: \"127.0.0.1:\(server.port)\", insecure_plain_text: true}\n"
            try program.write(Self.cases + elsewhere + "warm_up: 1\n", to: "e.yaml")
            let said = try program.succeed("run e.yaml --quiet --results there")
            #expect(said.contains("no value differs from the integer networks") && said.contains("elapsed"), "\(said)")
            let (here, there) = (try rows(program, "here"), try rows(program, "there"))
            try #require(here.count == 5 && there.count == 5)
            let shared: [Metric] = [
                .psnr, .ssim, .mismatchedValues, .outOfRange, .bytesUp, .bytesDown, .ciphertextsUp, .ciphertextsDown,
                .rounds, .patches,
            ]
            for (row, own) in zip(there, here) {
                for metric in shared { #expect(row[metric] == own[metric] && row[metric] != nil, "\(metric)") }
                #expect(row[.mismatchedValues] == 0 && row.key.settings[ParameterName.server] == "elsewhere")
                #expect(row[.secondsServer] == nil && row[.secondsTotal] == nil && row[.products] == nil)
                let (elapsed, client) = (row[.secondsElapsed] ?? 0, row[.secondsClient] ?? .infinity)
                #expect(elapsed > client && client > 0, "\(elapsed) s, \(client) s of them the client's")
            }
            #expect(try program.succeed("report tiny --results there").contains("elapsed"))
        }
    }

    /// Over TLS; the file is one that schema and reader know, and each mistake is one line.
    @Test(.enabled(if: certificates != nil, "openssl is not installed"))
    func mistakesAreOneLine() throws {
        let certificates = try #require(Self.certificates)
        func files(_ name: String) -> String {
            "ca: \(certificates.path("ca.pem")), certificate: \(certificates.path("\(name).pem")), "
                + "key: \(certificates.path("\(name).key"))"
        }
        try Program.withFolder { program in
            let one = Self.cases.split(separator: "\n").prefix(8).joined(separator: "\n")
            try program.writeInputs()
            let server = try serve(
                program,
                "--ca \(certificates.path("ca.pem")) --certificate \(certificates.path("server.pem")) "
                    + "--key \(certificates.path("server.key"))")
            defer { server.end() }
            let address = "address: \"127.0.0.1:\(server.port)\""
            try program.write("\(one)\nserver: {\(address), \(files("client"))}\n", to: "e.yaml")
            try program.succeed("run e.yaml --quiet")
            let attack = "attacks: [{attack: ciphertexts, weights: relu.h5}]\n"
            for (text, status, words) in [
                ("{\(address), \(files("stranger"))}", 2, "certificate"),
                ("{\(address), \(files("expired"))}", 2, "certificate"),
                ("{\(address), \(files("client").replacing("client.key", with: "none.key"))}", 2, "none.key: does not"),
                ("{\(address), insecure_plain_text: true}", 2, "the other side speaks TLS"),
                ("{\(address)}", 2, "missing key 'server.ca'"),
                ("{\(address), insecure_plain_text: true, ca: x.pem}", 2, "stands beside 'insecure_plain_text'"),
                ("{address: nowhere, insecure_plain_text: true}", 2, "expected HOST:PORT"),
                ("{address: \"10.0.0.1:1\", insecure_plain_text: true}", 2, "not on the loopback interface"),
                ("{\(address), \(files("client"))}\n\(attack)", 2, "stands beside 'attacks'"),
                ("{adress: x}", 2, "adress"),
                ("{address: \"127.0.0.1:1\", insecure_plain_text: true}", 75, "cannot connect to 127.0.0.1:1"),
            ] {
                try program.write("\(one)\nserver: \(text)\n", to: "e.yaml")
                let result = try program.run("run e.yaml --quiet --results Other --restart")
                #expect(result.status == Int32(status) && result.errors.contains(words), "\(text): \(result.errors)")
                #expect(result.errors.count { $0 == "\n" } == 1, "\(result.errors)")
            }
            // Of another network no result is kept.
            try program.write(
                "\(one)\nserver: {\(address), \(files("client"))}\n".replacing("relu.h5", with: "other.h5"),
                to: "e.yaml")
            let network = try Program.trained(.all).network
            try Program.trained(network, weights: network.initialWeights(seed: 6)).write(to: program.path("other.h5"))
            let result = try program.run("run e.yaml --quiet --results Other --restart")
            #expect(result.status == 2 && result.errors.contains("the server has the network of weights"))
        }
    }
}
