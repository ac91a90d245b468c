import Denoising
import Foundation
import HDF5
import Imaging
import Numerics
import TestSupport
import Testing

/// `ldct serve` and `ldct denoise --server` as processes of their own: what the client writes is what the run in one process writes.
@Suite(.serialized) struct ServedDenoiseTests {
    private static let certificates = try? TestCertificates()
    private static let plain = "--insecure-plain-text"
    private static let widths = "--activation-bits 10 --weight-bits 6 --quiet --threads 1"

    private func prepare(
        _ program: Program, relu: ReLUPlacement = .all, size: (Int, Int) = (64, 64), channels: Int = 2
    ) throws {
        var generator = SeededGenerator(seed: 3)
        let pixels = (0..<size.0 * size.1).map { _ in Float(Int.random(in: -1000...1500, using: &generator)) }
        try HDF5File.write(to: program.path("slice.h5")) { file in
            try file.write(pixels, shape: [size.0, size.1], to: "/slice")
        }
        let network = try Network.redCNN(depth: 3, channels: channels, kernel: 3, relu: relu, decoder: .same)
        let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
        try TrainedNetwork(
            network: network, weights: network.initialWeights(seed: 2),
            calibration: relu == .all ? calibration : nil, provenance: "random"
        ).write(to: program.path("w.h5"))
    }

    private func serve(_ program: Program, _ options: String = plain) throws -> ServingProgram {
        try ServingProgram(program, "--weights w.h5 --listen 127.0.0.1:0 --insecure-keys \(options)")
    }

    private func local(_ options: String, output: String) -> String {
        "denoise --input slice.h5 --weights w.h5 --output \(output) \(Self.widths) \(options)"
    }

    private func remote(_ server: ServingProgram, _ options: String, output: String, security: String = plain) -> String
    {
        "denoise --input slice.h5 --server 127.0.0.1:\(server.port) --output \(output) \(Self.widths) \(options) \(security)"
    }

    private func areEqual(_ program: Program, _ one: String, _ other: String) -> Bool {
        FileManager.default.contentsEqual(atPath: program.path(one), andPath: program.path(other))
    }

    /// Schemes, modes and layouts.
    @Test(arguments: [
        ("--key-bits 1024 --insecure", ReLUPlacement.all, (34, 41)), ("--scheme lattice", .all, (70, 83)),
        ("--scheme lattice --batch", .all, (66, 64)), ("--key-bits 1024 --insecure --batch", .all, (20, 22)),
        ("--key-bits 1024 --insecure --batch --mode sign-pair", .all, (20, 20)),
        ("--key-bits 1024 --insecure --batch --mode linear", .none, (20, 22)),
        ("--key-bits 1024 --insecure --batch --mode positive-mask --mask-bits 8", .all, (20, 20)),
        ("--key-bits 1024 --insecure --batch --mode shared", .all, (20, 22)),
        ("--scheme lattice --mode shared", .all, (64, 64)),
        ("--scheme lattice --batch --mode shared --order offline", .all, (64, 64)),
    ])
    func theOutputIsTheLocalRuns(options: String, relu: ReLUPlacement, size: (Int, Int)) throws {
        try Program.withFolder { program in
            try prepare(program, relu: relu, size: size)
            let server = try serve(program)
            defer { server.end() }
            let here = try program.succeed(local(options, output: "here.npy"))
            #expect(here.contains("0 values differ from the integer network, 0 out of range"))
            let verified = try program.succeed(
                remote(server, "\(options) --verify --weights w.h5", output: "verified.npy"))
            #expect(verified.contains("0 values differ from the integer network, 0 out of range"), "\(verified)")
            #expect(areEqual(program, "here.npy", "verified.npy"))
            #expect(program.files == ["here.npy", "slice.h5", "verified.npy", "w.h5"])
            let there = try program.succeed(remote(server, options, output: "there.npy"))
            #expect(
                there.contains(" bytes up, ") && there.contains("not compared with the server's network"), "\(there)")
            #expect(areEqual(program, "here.npy", "there.npy"))
        }
    }

    /// A verification with another network fails.
    @Test func verifyCanFail() throws {
        try Program.withFolder { program in
            try prepare(program)
            let server = try serve(program)
            defer { server.end() }
            let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
            let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
            try TrainedNetwork(
                network: network, weights: network.initialWeights(seed: 3), calibration: calibration,
                provenance: "random"
            ).write(to: program.path("other.h5"))
            let result = try program.run(
                remote(server, "--scheme lattice --verify --weights other.h5", output: "out.npy"))
            #expect(result.status == 1 && result.output.contains(" values differ"))
            #expect(!result.output.contains(" 0 values differ"), "\(result.output)")
        }
    }

    /// A DICOM file in explicit little endian whose Instance Creation Date and Time are blanks.
    private func withoutTime(_ program: Program, _ name: String) throws -> Data {
        var data = try Data(contentsOf: URL(fileURLWithPath: program.path(name)))
        for (element, type) in [(0x12, "DA"), (0x13, "TM")] as [(UInt8, String)] {
            let found = try #require(data.range(of: Data([0x08, 0x00, element, 0x00]) + Data(type.utf8)))
            let value = found.upperBound + 2..<found.upperBound + 2 + Int(data[found.upperBound])
            data.replaceSubrange(value, with: repeatElement(0x20, count: value.count))
        }
        return data
    }

    /// DICOM images of both are one file too, over TLS with certificates on both sides.
    @Test(.enabled(if: certificates != nil, "openssl is not installed"))
    func derivedImagesAreTheSameOverTLS() throws {
        let certificates = try #require(Self.certificates)
        func files(_ name: String, authority: String = "ca") -> String {
            "--ca \(certificates.path("\(authority).pem")) --certificate \(certificates.path("\(name).pem")) "
                + "--key \(certificates.path("\(name).key"))"
        }
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("explicit-little"), toPath: program.path("slice.dcm"))
            let server = try serve(program, files("server"))
            defer { server.end() }
            func dicom(_ command: String) -> String { command.replacing("slice.h5", with: "slice.dcm") }
            let options = "--scheme lattice"
            try program.succeed(dicom(local(options, output: "here.dcm")))
            try program.succeed(dicom(remote(server, options, output: "there.dcm", security: files("client"))))
            #expect(try withoutTime(program, "here.dcm") == withoutTime(program, "there.dcm"))
            let text = String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: program.path("there.dcm"))), as: UTF8.self)
            #expect(text.contains("scheme lattice, parameter set F") && !text.contains("Paillier"))

            for (credentials, words) in [
                (files("stranger"), "certificate"), (files("expired"), "certificate"),
                (files("client", authority: "other-ca"), "certificate"), (Self.plain, "the other side speaks TLS"),
                (files("client").replacing("client.key", with: "none.key"), "none.key: does not exist"),
                ("--ca x", "--certificate, --key missing"),
            ] {
                let result = try program.run(dicom(remote(server, options, output: "no.dcm", security: credentials)))
                #expect(result.status == 2 && result.errors.contains(words), "\(result.errors)")
                #expect(
                    result.errors.count { $0 == "\n" } == 1 && !program.files.contains("no.dcm"), "\(result.errors)")
            }
            #expect(server.log.contains("certificate"))
        }
    }

    /// One line each, and which side's mistake it was.
    @Test func refusalsAreOneLine() throws {
        try Program.withFolder { program in
            try prepare(program, size: (150, 150))
            let server = try ServingProgram(
                program, "--weights w.h5 --listen 127.0.0.1:0 \(Self.plain) --memory 16 --clients 4")
            defer { server.end() }
            for (options, status, words) in [
                ("--key-bits 1024 --insecure", 2, "the server refused: the public key cannot be used"),
                ("--scheme lattice --mode linear --batch", 2, "the server refused: "),
                ("--scheme lattice --mode sign-pair --batch", 2, "the server refused: scheme lattice"),
                ("--scheme lattice --mode linear-fused --batch", 2, "mode linear-fused cannot run this network"),
                ("--scheme cleartext", 2, "scheme: is cleartext; expected paillier or lattice"),
                ("--scheme lattice --verify", 2, "--verify needs --weights"),
                ("--scheme lattice --weights w.h5", 2, "--weights and --server exclude each other"),
            ] {
                let result = try program.run(remote(server, options, output: "out.npy"))
                #expect(result.status == Int32(status), "\(options): \(result.errors)")
                #expect(result.errors.hasPrefix("ldct: \(words)"), "\(options): \(result.errors)")
                #expect(result.errors.count { $0 == "\n" } == 1, "\(result.errors)")
            }
            // The server has 4 MiB for a client, and chooses bands.
            let told = try program.succeed(remote(server, "--scheme lattice --predict", output: "out.npy"))
            #expect(told.contains(" bands: "), "\(told)")
            #expect(program.files == ["slice.h5", "w.h5"])
            server.end()
            let gone = try program.run(remote(server, "--scheme lattice", output: "out.npy"))
            #expect(gone.status == 75 && gone.errors.contains("cannot connect to 127.0.0.1:\(server.port)"))
            #expect(gone.errors.count { $0 == "\n" } == 1)
        }
    }

    /// The server is killed while it works; a new one takes the client on, the same process or the same command.
    @Test(arguments: [true, false]) func aKilledServerIsReplaced(clientWaits: Bool) throws {
        try Program.withFolder { program in
            try prepare(program, size: (66, 150))
            let first = try serve(program)
            let options = "--key-bits 2048 --attempts \(clientWaits ? 9 : 1)"
            let errors = Pipe()
            let client = try program.start(remote(first, options, output: "there.npy"), errors: errors)
            while client.isRunning, !program.files.contains("there.npy.parts/layer.h5") { usleep(2000) }
            try #require(client.isRunning, "the client is in the middle of its run")
            first.end(SIGKILL)
            if !clientWaits {
                client.waitUntilExit()
                let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
                #expect(client.terminationStatus == 75 && text.count { $0 == "\n" } == 1, "\(text)")
                #expect(program.files.contains("there.npy.parts/layer.h5"), "what was reached is kept")
            }
            let second = try ServingProgram(
                program, "--weights w.h5 --listen 127.0.0.1:\(first.port) --insecure-keys \(Self.plain)")
            defer { second.end() }
            if clientWaits {
                client.waitUntilExit()
                #expect(client.terminationStatus == 0)
            } else {
                try program.succeed(remote(second, options, output: "there.npy"))
            }
            try program.succeed(local("--scheme lattice", output: "here.npy"))
            #expect(areEqual(program, "here.npy", "there.npy"))
            #expect(!program.files.contains { $0.contains(".parts") })
        }
    }

    /// A killed client leaves nothing behind, and its command goes on; a signal lets running sessions finish, then ends the server.
    @Test func killedClientsAndSignals() throws {
        try Program.withFolder { program in
            try prepare(program, size: (66, 150))
            let server = try serve(program)
            func command(_ output: String) -> String { remote(server, "--key-bits 2048", output: output) }
            let killed = try program.start(command("killed.npy"))
            while killed.isRunning, !program.files.contains("killed.npy.parts/layer.h5") { usleep(2000) }
            kill(killed.processIdentifier, SIGKILL)
            killed.waitUntilExit()
            #expect(server.waitFor("the connection ended"), "\(server.log)")

            let client = try program.start(command("there.npy"))
            while client.isRunning, !program.files.contains("there.npy.parts/layer.h5") { usleep(2000) }
            kill(server.identifier, SIGTERM)
            #expect(server.waitFor("stopping"))
            client.waitUntilExit()
            #expect(client.terminationStatus == 0, "\(server.log)")
            #expect(server.end(0) == 128 + SIGTERM, "\(server.log)")
            try program.succeed(local("--scheme lattice", output: "here.npy"))
            #expect(areEqual(program, "here.npy", "there.npy"))
            // Who, what, how much, how long: lines of one shape, nothing of any image or key.
            for line in server.log.split(separator: "\n") {
                #expect(line.firstMatch(of: /^[-0-9T:]+Z (serving|stopping|127\.0\.0\.1:[0-9]+: )/) != nil, "\(line)")
            }
        }
    }

    /// After a hundred connections that break, and ten sessions, the server's memory is where it was after the first ten.
    @Test func memoryIsBackAtItsLevel() throws {
        try Program.withFolder { program in
            try prepare(program, size: (64, 64))
            let server = try serve(program)
            defer { server.end() }
            func sessions(_ count: Int) throws {
                for _ in 0..<count {
                    try program.succeed(remote(server, "--scheme lattice --force", output: "there.npy"))
                }
            }
            try sessions(4)
            let before = try #require(server.memory)
            for trial in 0..<100 {
                let relay = try #require(
                    Relay(to: server.port) { _ in
                        Relay.Fault(trial % 2 == 0 ? .cut : .reset, isUp: true, after: 1000)
                    })
                guard let socket = Knock(port: relay.port) else { continue }
                socket.write([0, 0, 4, 0] + [UInt8](repeating: 7, count: 2000))
                relay.end()
            }
            try sessions(4)
            let after = try #require(server.memory)
            #expect(after < before + 16 << 20, "\(before >> 10) KiB, then \(after >> 10) KiB")
        }
    }
}

/// A plain TCP connection.
private final class Knock {
    private let descriptor: Int32

    init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { return nil }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
}
