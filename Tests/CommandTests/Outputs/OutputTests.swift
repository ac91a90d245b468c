import Denoising
import Foundation
import Reporting
import Support
import Testing

/// What commands write never replaces an input, a key, a device or a file of another kind; results only with --force; all or nothing.
@Suite struct OutputTests {
    private static let phantom =
        "prepare phantom --patients 3 --slices-per-patient 1 --size 96 --views 30 --patch-size 32 --stride 32 --quiet --output"

    /// A key pair, ciphertexts, weights, patches, a raw volume and something else.
    private func prepare(_ program: Program) throws {
        try program.succeed(KeyCommandTests.keygen)
        try program.succeed("encrypt --insecure --key p.json --output c.json 1")
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
        let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
        try TrainedNetwork(
            network: network, weights: network.initialWeights(seed: 2), calibration: calibration, provenance: "random"
        ).write(to: program.path("w.h5"))
        try program.succeed("\(Self.phantom) d.h5")
        try program.write("mine", to: "note.h5")
        symlink("w.h5", program.path("link.h5"))
        try program.write("epoch,loss\n1,0.5\n2,0.25\n", to: "net.csv")
        for name in ["net.png", "x-beside.png"] { try program.write("mine", to: name) }
    }

    private static let round = "weights round w.h5 --data d.h5 --patches 1 --quiet --output"
    private static let denoise =
        "denoise --input d.h5 --dataset /test/low_dose --index 0 --weights w.h5 --key-bits 1024 --insecure --quiet --predict --output"

    @Test func nothingIsLost() throws {
        try Program.withFolder { program in
            try prepare(program)
            let before = try contents(program)
            for (arguments, message) in [
                ("keygen --bits 1024 --insecure --private new.json --public ./new.json", "named for two outputs"),
                ("keygen --bits 1024 --insecure --private note.h5 --public new.json", "exists"),
                (
                    "encrypt --insecure --force --key p.json --output k.json 5",
                    "k.json: exists, and is not a file of ciphertexts"
                ),
                ("encrypt --insecure --force --key k.json --output k.json 5", "k.json: is the input k.json"),
                (
                    "encrypt --insecure --key p.json --output c.json 5",
                    "c.json: exists; expected a new name, or --force"
                ),
                ("encrypt --insecure --key p.json --output /dev/full 5", "/dev/full: is a device or a pipe"),
                ("\(Self.denoise) d.h5 --force", "d.h5: is the input d.h5"),
                ("\(Self.denoise) w.h5 --force", "w.h5: is the input w.h5"),
                ("\(Self.denoise) note.h5 --force", "note.h5: exists, and is not a denoised slice"),
                ("\(Self.denoise) x.npz", "output is 'x.npz'; expected a name that ends in one of: .dcm, .png"),
                ("\(Self.phantom) w.h5 --force", "w.h5: exists, and is not a patch file"),
                ("\(Self.phantom) d.h5", "d.h5: exists; expected a new name, or --force"),
                ("\(Self.phantom) k.json --force", "k.json: does not name a patch file"),
                (
                    "prepare volume d.h5 --dtype int16 --shape 1,2,2 --spacing 1,1,1 --output d.h5 --force",
                    "d.h5: is the input d.h5"
                ),
                ("\(Self.round) w.h5 --force", "w.h5: is the input w.h5"),
                ("\(Self.round) link.h5 --force", "link.h5: is the input w.h5"),
                ("\(Self.round) ./d.h5 --force", "./d.h5: is the input d.h5"),
                ("weights convert w.h5 d.h5 --force", "d.h5: exists, and is not a weights file"),
                ("weights convert w.h5 w.npz", "w.npz: does not name a weights file"),
                ("report net.csv", "net.png: exists, and is not a figure of ldct"),
                ("weights calibrate w.h5 --data d.h5", "w.h5: exists; expected a new name, or --force"),
                ("weights calibrate w.h5 --data d.h5 --output w.h5 --force", "w.h5: is the input w.h5"),
            ] {
                let result = try program.run(arguments)
                #expect(result.status == 2, "\(arguments): \(result.errors)")
                #expect(
                    result.errors.contains(message) && result.errors.count { $0 == "\n" } == 1,
                    "\(arguments): \(result.errors)")
                #expect(try contents(program) == before, "\(arguments)")
            }
        }
    }

    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed")) func picturesReplacePicturesOnly() throws {
        try Program.withFolder { program in
            try prepare(program)
            let before = try contents(program)
            let result = try program.run("\(Self.denoise.replacing(" --predict", with: " --beside")) x.h5")
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: ./x-beside.png: exists, and is not a figure"))
            #expect(try contents(program) == before)
            unlink(program.path("net.png"))
            for _ in 1...2 { try program.succeed("report net.csv") }
            unlink(program.path("net.gnuplot"))
            try program.succeed("report net.csv")
        }
    }

    @Test func resultsAreReplacedWhenInsistedUpon() throws {
        try Program.withFolder { program in
            try prepare(program)
            let old = try contents(program)
            try program.succeed("encrypt --insecure --key p.json --output c.json --force 5")
            try program.succeed("weights calibrate w.h5 --data d.h5 --force")
            try program.succeed("\(Self.round) r.h5")
            try program.succeed("\(Self.round) r.h5 --force")
            try program.succeed("weights convert r.h5 r.safetensors")
            try program.succeed("weights convert w.h5 r.safetensors --force")
            let new = try contents(program)
            #expect(new["c.json"] != old["c.json"] && new["w.h5"] != old["w.h5"] && new["k.json"] == old["k.json"])
        }
    }

    private func contents(_ program: Program) throws -> [String: Data] {
        Dictionary(
            uniqueKeysWithValues: try program.files.map {
                ($0, try Data(contentsOf: URL(fileURLWithPath: program.path($0))))
            })
    }

    /// Runs a line of the shell in which `$LDCT` is the program.
    private func shell(_ program: Program, _ line: String) throws -> (status: Int32, errors: String) {
        let (process, errors) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let ldct = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ldct")
            .path
        process.environment = ProcessInfo.processInfo.environment.merging(["LDCT": ldct]) { $1 }
        process.arguments = ["-c", line]
        process.currentDirectoryURL = program.folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let signalled = process.terminationReason == .uncaughtSignal
        return (signalled ? 128 + process.terminationStatus : process.terminationStatus, text)
    }

    /// A standard output that takes nothing is told, whatever the command prints.
    @Test(arguments: [
        "encrypt --insecure --key p.json 5", "decrypt --insecure --key k.json c.json", "weights inspect w.h5", "--help",
        "run --print-template", "keygen --bits 1024 --insecure --private x.json --public y.json",
    ])
    func fullAndClosedOutputsAreTold(arguments: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            for target in ["> /dev/full", ">&-"] {
                unlink(program.path("x.json"))
                unlink(program.path("y.json"))
                let result = try shell(program, "\"$LDCT\" \(arguments) \(target)")
                #expect(result.status == 1, "\(arguments) \(target): \(result.status) \(result.errors)")
                #expect(
                    result.errors.hasPrefix("ldct: standard output: could not be written")
                        && result.errors.count { $0 == "\n" } == 1,
                    "\(arguments) \(target): \(result.errors)")
            }
            // A standard error that takes nothing changes no status.
            #expect(try shell(program, "\"$LDCT\" decrypt --insecure --key k.json none.json 2> /dev/full").status == 2)
        }
    }

    /// On a disk without room, and past a limit on file sizes: status 1, one line, the old file as it was, nothing beside it.
    @Test func fullDisksLoseNothing() throws {
        try Program.withFolder { program in
            try prepare(program)
            let before = try contents(program)
            let commands = [
                "\(Self.phantom) d.h5 --force", "\(Self.phantom) new.h5", "\(Self.round) new.h5",
                "weights convert w.h5 new.safetensors", "weights calibrate w.h5 --data d.h5 --force",
                "encrypt --insecure --key p.json --output c.json --force 1",
            ]
            for command in commands {
                let result = try shell(program, "ulimit -f 0; exec \"$LDCT\" \(command)")
                #expect(
                    result.status == 1 && result.errors.contains("could not be written"),
                    "\(command): \(result.status) \(result.errors)")
                #expect(
                    try contents(program) == before && result.errors.count { $0 == "\n" } == 1,
                    "\(command): \(result.errors)")
            }
            // The same on a file system of 16 kB, where the system lets this process mount one.
            let mount =
                "mkdir small; mount -t tmpfs -o size=16k none small 2>/dev/null || exit 99; cp w.h5 small/old.h5 2>/dev/null; "
            for command in ["\(Self.phantom) small/new.h5", "weights convert w.h5 small/new.h5"] {
                let result = try shell(
                    program,
                    "unshare -rm /bin/sh -c '\(mount) head -c 9999999 /dev/zero > small/filler 2>/dev/null; \"$LDCT\" \(command); "
                        + "status=$?; ls small | grep -v -e filler -e old.h5 && exit 98; exit $status'; status=$?; rmdir small; exit $status"
                )
                guard result.status != 99, !result.errors.contains("unshare") else { return }
                #expect(
                    result.status == 1 && result.errors.contains("could not be written"),
                    "\(command): \(result.status) \(result.errors)")
            }
        }
    }

    /// A disk that is full after so many blocks of 512 bytes, early or late: nothing new but whole files.
    @Test(arguments: [1, 9, 40, 150, 400]) func disksThatFillUpKeepWholeFilesOnly(blocks: Int) throws {
        try Program.withFolder { program in
            try prepare(program)
            try program.write(
                """
                {id: x, title: t, data: {file: d.h5, split: test, patches: 1}, seed: 1, cases: [
                {mode: client-aided, scheme: cleartext, weights: w.h5}]}
                """, to: "x.yaml")
            let denoise =
                "denoise --input d.h5 --dataset /test/low_dose --index 0 --weights w.h5 --scheme lattice --quiet"
            let commands =
                ["\(Self.phantom) new.h5", "weights convert w.h5 other.h5", "run x.yaml"]
                + ["png", "npy", "nii.gz", "h5"].map { "\(denoise) --output s.\($0)" }
            for command in commands {
                let before = Set(program.files)
                let result = try shell(program, "ulimit -f \(blocks); exec \"$LDCT\" \(command)")
                #expect([0, 1].contains(result.status), "\(command): \(result.status) \(result.errors)")
                guard result.status == 1 else { continue }
                #expect(
                    result.errors.contains("could not be written (file too large)")
                        && result.errors.count { $0 == "\n" } == 1, "\(command): \(result.errors)")
                let left = Set(program.files).subtracting(before)
                // What a run or a slice goes on from stays.
                #expect(
                    left.allSatisfy { ($0.hasPrefix("Results/x/") || $0.contains(".parts/")) && !$0.hasSuffix(".tmp") },
                    "\(command): \(left)")
                // A cell whose records have no room has none.
                let records = (try? program.text("Results/x/records.jsonl")) ?? ""
                #expect(records.isEmpty || records.hasSuffix("\n") && records.contains("cell.records"), "\(command)")
            }
        }
    }

    /// A shell's variable that is not set names no folder, least of all the root of all.
    @Test(arguments: [
        "check --results", "check --reference", "run e.yaml --results", "merge a --results", "run e.yaml --transcripts",
        "run e.yaml --evidence", "report --fhe-suite", "stage client_key_generation --root",
    ])
    func anEmptyFolderIsRefused(command: String) throws {
        try Program.withFolder { program in
            let result = try shell(program, "\"$LDCT\" \(command) \"$NOT_SET\"")
            let option = command.split(separator: " ").last ?? ""
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(option) is empty"), "\(result.errors)")
        }
    }

    @Test func secretsAreReadFromFilesAndStandardInput() throws {
        try Program.withFolder { program in
            try prepare(program)
            let result = try shell(
                program, "printf '1.5 -2\\n3' | \"$LDCT\" encrypt --insecure --key p.json --output n.json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try program.succeed("decrypt --insecure --key k.json n.json") == "1.5\n-2.0\n3.0\n")
            for (input, message) in [("", "no numbers"), ("1 x", "'x' on standard input is not a number")] {
                let result = try shell(program, "printf '\(input)' | \"$LDCT\" encrypt --insecure --key p.json")
                #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
            }
            // A private key that others can read works, and is told.
            chmod(program.path("k.json"), 0o644)
            let told = try program.run("decrypt --insecure --key k.json n.json")
            #expect(told.status == 0 && told.errors.hasPrefix("ldct: k.json: others can read or change it (mode 0644)"))
            // On one line, whatever the file is called.
            try FileManager.default.moveItem(atPath: program.path("k.json"), toPath: program.path("k\nj"))
            let line = try program.run("decrypt --insecure --key k\nj n.json")
            #expect(line.status == 0 && line.errors.filter(\.isNewline) == "\n", "\(line.errors)")
        }
    }
}
