import Denoising
import Foundation
import HDF5
import Imaging
import Numerics
import PrivateDenoising
import Testing

/// `ldct denoise` on small slices: the file it writes holds what the integer network computes, pixel for pixel.
@Suite struct DenoiseCommandTests {
    static let (height, width) = (70, 83)

    /// A slice of noise, and weights of a small network.
    private func prepare(_ program: Program, relu: ReLUPlacement = .all, size: (Int, Int) = (height, width)) throws {
        var generator = SeededGenerator(seed: 3)
        let pixels = (0..<size.0 * size.1).map { _ in Float(Int.random(in: -1100...1500, using: &generator)) }
        try HDF5File.write(to: program.path("slice.h5")) { file in
            try file.write(pixels, shape: [size.0, size.1], to: "/slice")
            try file.write(
                pixels.map { Int16($0) } + pixels.map { Int16(-$0) }, shape: [2, size.0, size.1], to: "/stack")
        }
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: relu, decoder: .same)
        let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
        try TrainedNetwork(
            network: network, weights: network.initialWeights(seed: 2),
            calibration: relu == .all ? calibration : nil, provenance: "random"
        ).write(to: program.path("w.h5"))
    }

    static let command =
        "denoise --input slice.h5 --weights w.h5 --output out.h5 --key-bits 1024 --insecure --quiet --activation-bits 10 "
        + "--weight-bits 6"

    /// With more options; keys of the lattice have one size.
    private static func command(_ options: String, from command: String = command) -> String {
        (options.contains("lattice") ? command.replacing(" --key-bits 1024 --insecure", with: "") : command) + " "
            + options
    }

    /// What the integer network makes of the whole slice.
    private func expected(_ program: Program, _ slice: Image) throws -> [Float] {
        let trained = try TrainedNetwork(reading: program.path("w.h5"))
        let network =
            trained.calibration == nil
            ? try IntegerNetwork(growing: trained.network, weights: trained.weights, weightBits: 6, inputBits: 10)
            : try IntegerNetwork(
                requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
                weightBits: 6, activationBits: 10)
        return network.images(try network.evaluate(network.input([slice])).output)[0].pixels
    }

    private func read(_ program: Program, _ name: String) throws -> HDF5Array<Float> {
        try HDF5File(reading: program.path("out.h5")).read(Float.self, from: name)
    }

    /// As one image in tiles, in bands where memory is short, and in overlapping patches; with ReLU and without.
    @Test(arguments: [
        ("", ReLUPlacement.all, "layout tile, 1 run, 1 band:"), ("--memory 1", .all, "layout tile, 1 run, "),
        ("--batch", .all, "layout batch, 1 run,"), ("--batch --mode linear", .none, "layout batch, 1 run,"),
        ("--dataset /stack --index 1", .all, "layout tile, 1 run,"),
        ("--scheme lattice", .all, "layout tile, 1 run, 1 band:"),
        ("--scheme lattice --memory 2", .all, "layout tile, 1 run, "),
        ("--scheme lattice --batch", .all, "layout batch, 2 runs, 1 band:"),
    ])
    func wholeSlicesEqualTheIntegerNetwork(options: String, relu: ReLUPlacement, plan: String) throws {
        try Program.withFolder { program in
            try prepare(program, relu: relu)
            let output = try program.succeed(Self.command(options))
            #expect(output.contains("70x83, mode ") && output.contains(plan), "\(output)")
            #expect(output.contains("0 values differ from the integer network, 0 out of range"))
            if options.contains("--memory") { #expect(!output.contains(" 1 band:"), "\(output)") }
            let input = try read(program, "/input")
            #expect(input.shape == [Self.height, Self.width])
            let slice = Image(width: Self.width, height: Self.height, pixels: input.values)
            #expect(try read(program, "/encrypted").values == expected(program, slice))
            let file = try HDF5File(reading: program.path("out.h5"))
            #expect(try file.attribute("mismatched_values", as: Int.self) == 0)
            #expect(program.files == ["out.h5", "slice.h5", "w.h5"])
        }
    }

    /// On the lattice patches are as large as memory allows: the more of it, the fewer runs, and what is predicted stays within it. A plan
    /// that memory binds gives the slice, too.
    @Test func patchesAreAsLargeAsMemoryAllows() throws {
        try Program.withFolder { program in
            try prepare(program, size: (200, 200))
            var plans: [(memory: Int, runs: Int)] = []
            for memory in [1, 2, 3, 4, 6, 8, 12, 16, 24] {
                let command = Self.command("--scheme lattice --batch --memory \(memory)")
                let told = try program.run("\(command) --predict")
                guard told.status == 0 else {
                    #expect(told.errors.contains("the memory limit leaves"), "\(told.errors)")
                    continue
                }
                let runs = try #require(told.output.firstMatch(of: /(\d+) runs?,/).flatMap { Int($0.1) })
                let peak = try #require(told.output.firstMatch(of: /, (\d+) MiB/).flatMap { Int($0.1) })
                #expect(peak <= memory, "\(told.output)")
                plans.append((memory, runs))
            }
            #expect(plans.map(\.runs) == plans.map(\.runs).sorted(by: >) && plans.last?.runs == 1, "\(plans)")
            let bound = try #require(plans.last { $0.runs > 1 && $0.runs < plans[0].runs }, "\(plans)")
            for (memory, runs) in [bound, plans[plans.count - 1]] {
                let output = try program.succeed(Self.command("--scheme lattice --batch --force --memory \(memory)"))
                #expect(output.contains("\(runs) run") && output.contains("0 values differ from the integer"))
                let input = try read(program, "/input")
                let slice = Image(width: 200, height: 200, pixels: input.values)
                #expect(try read(program, "/encrypted").values == expected(program, slice))
            }
        }
    }

    /// Scheme and parameters as they were, and no others; of a key that wears its budget.
    @Test func filesTellTheirScheme() throws {
        try Program.withFolder { program in
            try prepare(program, size: (64, 64))
            let told = try program.succeed(Self.command("--scheme lattice"))
            #expect(
                told.contains("distance of the answers 2^-") && told.contains("a key's budget 2^-30; 1 key\n"),
                "\(told)")
            let lattice = try HDF5File(reading: program.path("out.h5"))
            #expect(try lattice.attribute("scheme", as: String.self) == "lattice")
            #expect(try lattice.attribute("parameter_set", as: String.self).hasPrefix("F, N 4096, log q 98, "))
            #expect(throws: (any Error).self) { try lattice.attribute("key_bits", as: Int.self) }
            try program.succeed("\(Self.command) --force")
            let paillier = try HDF5File(reading: program.path("out.h5"))
            #expect(try paillier.attribute("scheme", as: String.self) == "paillier")
            #expect(try paillier.attribute("key_bits", as: Int.self) == 1024)
            #expect(throws: (any Error).self) { try paillier.attribute("parameter_set", as: String.self) }
        }
    }

    @Test func slicesOfDICOMFilesToo() throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("jpeg-2000"), toPath: program.path("slice.dcm"))
            try program.succeed(Self.command.replacing("slice.h5", with: "slice.dcm"))
            let hu: [Float] = try DICOMInputs.json("syntaxes/hu.json")
            #expect(try read(program, "/input").values == hu)
            let slice = Image(width: 32, height: 32, pixels: hu)
            #expect(try read(program, "/encrypted").values == expected(program, slice))
        }
    }

    /// Weights that say what they were trained on, at work on other pixels: one line, here, in a run, and what inspect tells.
    @Test func pixelsUnlikeThoseOfTheTrainingAreSaid() throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("explicit-little"), toPath: program.path("slice.dcm"))
            let command = Self.command.replacing("slice.h5", with: "slice.dcm") + " --predict"
            #expect(try program.run(command).errors == "")
            let own = try DICOMSlice(DICOMHeader(reading: program.path("slice.dcm"))).spacing
            let trained = try TrainedNetwork(reading: program.path("w.h5"))
            for (spacing, isSaid) in [(own, false), (3 * own, true)] {
                let record = PatchDataset.Record(
                    source: "test", pixelSpacing: [1, spacing, spacing], doseFraction: 1, generator: "test",
                    parameters: "{}", splitRule: "none", bodyRegion: "head")
                try TrainedNetwork(
                    network: trained.network, weights: trained.weights, calibration: trained.calibration,
                    provenance: "test", trainingImages: TrainingImages(record)
                ).write(to: program.path("w.h5"))
                let result = try program.run(command)
                #expect(result.status == 0, "\(result.errors)")
                #expect(
                    result.errors.hasPrefix("ldct: warning: the network was trained on pixels of") == isSaid
                        && result.errors.count { $0 == "\n" } == (isSaid ? 1 : 0), "\(result.errors)")
                #expect(try program.succeed("weights inspect w.h5").contains("  trained on             head, 1 x "))
            }
            try program.succeed(
                "prepare phantom --patients 3 --slices-per-patient 1 --size 64 --views 30 --patch-size 32 --stride 32 "
                    + "--least-body 0.1 --body-region chest --output x.h5")
            #expect(try program.succeed("data check x.h5").contains("(slices, rows, columns), chest\n"))
            try program.write(
                "id: own\ntitle: Own\ndata: {file: x.h5, patches: 1}\nseed: 1\n"
                    + "cases: [{mode: client-aided, scheme: cleartext, weights: w.h5}]\n",
                to: "own.yaml")
            #expect(try program.succeed("run own.yaml").contains("Warning: Of w.h5: the network was trained on "))
        }
    }

    /// A CT image of its own: the source's patient and geometry, another series, an identity that stays the same, and the integer
    /// network's pixels.
    @Test(arguments: [
        ("explicit-little", ""), ("implicit-little", " --scheme lattice"), ("explicit-big", " --scheme lattice"),
        ("jpeg-2000", " --scheme lattice"),
    ])
    func derivedImagesAreDICOM(syntax: String, scheme: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(atPath: DICOMInputs.syntax(syntax), toPath: program.path("slice.dcm"))
            let command = Self.command(scheme).replacing("slice.h5", with: "slice.dcm")
                .replacing("out.h5", with: "out.dcm")
            try program.succeed(command)
            let source = try DICOMSlice(DICOMHeader(reading: program.path("slice.dcm")))
            let derived = try DICOMSlice(DICOMHeader(reading: program.path("out.dcm")))
            #expect(derived.spacing == source.spacing && derived.position == source.position)
            #expect(derived.header.patientID == source.header.patientID)
            #expect(derived.header.seriesUID != source.header.seriesUID && derived.header.seriesUID.hasPrefix("2.25."))
            #expect(derived.header.seriesDescription == "ldct denoised, on ciphertexts")
            let expected = try expected(program, source.image()).map { $0.rounded() }
            #expect(try derived.image().pixels == expected)

            let again = try program.run(command)
            #expect(
                again.status == 2
                    && again.errors == "ldct: out.dcm: exists; expected a new name, or --force to replace it\n")
            try program.succeed("\(command) --force")
            #expect(try DICOMHeader(reading: program.path("out.dcm")).seriesUID == derived.header.seriesUID)
            // No scan is ever taken for one of ours.
            let other = try program.run(
                command.replacing("out.dcm", with: "other.dcm").replacing("slice.dcm", with: "out.dcm"))
            #expect(other.status == 0)
            try FileManager.default.copyItem(atPath: DICOMInputs.syntax(syntax), toPath: program.path("scan.dcm"))
            let scan = try program.run("\(command.replacing("out.dcm", with: "scan.dcm")) --force")
            #expect(scan.status == 2 && scan.errors.contains("scan.dcm: exists, and is not a denoised slice"))
        }
    }

    /// The checker of dicom3tools, where it is installed, finds no error.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dciodvfy"), "dciodvfy is not installed"))
    func derivedImagesAreValid() throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("implicit-little"), toPath: program.path("slice.dcm"))
            try program.succeed(
                Self.command.replacing("slice.h5", with: "slice.dcm").replacing("out.h5", with: "out.dcm"))
            let process = Process()
            let errors = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/dciodvfy")
            process.arguments = [program.path("out.dcm")]
            process.standardError = errors
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(!text.contains("Error"), "\(text)")
        }
    }

    @Test(arguments: ["out.png", "out.nii.gz", "out.nii", "out.npy"]) func picturesComeOut(name: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            try program.succeed(Self.command("--scheme lattice").replacing("out.h5", with: name))
            let slice = try HDF5File(reading: program.path("slice.h5")).read(Float.self, from: "/slice")
            let image = Image(
                width: Self.width, height: Self.height,
                pixels: try expected(program, Image(width: Self.width, height: Self.height, pixels: slice.values)))
            let data = try Data(contentsOf: URL(fileURLWithPath: program.path(name)))
            switch name {
            case "out.png": #expect(data == PNGFile.data(image, center: 40, width: 400))
            case "out.nii": #expect(data == NIfTIFile.data(image, geometry: nil))
            case "out.npy": #expect(data == NumpyFile.data(image))
            default: #expect(data.starts(with: [0x1f, 0x8b]))
            }
            #expect(Set(program.files) == ["slice.h5", "w.h5", name])
        }
    }

    /// Slice by slice into another folder; what is there is kept, what is no slice is named.
    @Test func seriesGoesOn() throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.createDirectory(atPath: program.path("in"), withIntermediateDirectories: true)
            for name in ["a.dcm", "b"] {
                try FileManager.default.copyItem(
                    atPath: DICOMInputs.syntax("explicit-little"), toPath: program.path("in/\(name)"))
            }
            try program.write("no slice", to: "in/notes.txt")
            let command = Self.command.replacing("slice.h5", with: "in").replacing("out.h5", with: "out")
            let first = try program.run(command)
            #expect(first.status == 0 && first.output.hasPrefix("2 slices, 0 of them done\n"))
            #expect(first.errors.contains("left out: ") && first.errors.contains("notes.txt"))
            #expect(Set(program.files.filter { $0.hasPrefix("out/") }) == ["out/a.dcm", "out/b.dcm"])
            try FileManager.default.removeItem(atPath: program.path("out/b.dcm"))
            let kept = try Data(contentsOf: URL(fileURLWithPath: program.path("out/a.dcm")))
            #expect(try program.succeed(command).hasPrefix("2 slices, 1 of them done\n"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: program.path("out/a.dcm"))) == kept)
            #expect(program.files.contains("out/b.dcm"))
            let same = try program.run(command.replacing("--output out", with: "--output in"))
            #expect(same.status == 2 && same.errors.contains("expected another folder than the input"))
        }
    }

    private func series(_ program: Program, _ names: [String]) throws {
        try prepare(program)
        try FileManager.default.createDirectory(atPath: program.path("in"), withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("explicit-little"), toPath: program.path("in/\(name)"))
        }
    }

    private static let seriesCommand = command.replacing("slice.h5", with: "in").replacing("out.h5", with: "out")

    /// Slices of another network, another setting, another input or anyone else are never taken for this run's.
    @Test func slicesOfAnotherRunAreNotDone() throws {
        try Program.withFolder { program in
            try series(program, ["a.dcm"])
            try program.succeed(Self.seriesCommand)
            let out = program.path("out/a.dcm")
            let first = try Data(contentsOf: URL(fileURLWithPath: out))
            let other = Self.seriesCommand.replacing("--weight-bits 6", with: "--weight-bits 7")
            let refused = try program.run(other)
            #expect(refused.status == 2 && refused.errors.contains("out/a.dcm: exists"), "\(refused.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: out)) == first)
            try FileManager.default.removeItem(atPath: program.path("in/a.dcm"))
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("implicit-little"), toPath: program.path("in/a.dcm"))
            #expect(try program.run(Self.seriesCommand).status == 2)
            let of = try program.run("\(Self.seriesCommand) --index 1")
            #expect(
                of.status == 2 && of.errors.hasPrefix("ldct: --index is of HDF5 files; 'in' is none"), "\(of.errors)")
            #expect(try program.succeed("\(other) --force").hasPrefix("1 slices, 0 of them done\n"))
            #expect(try program.succeed(other).hasPrefix("1 slices, 1 of them done\n"))
            try FileManager.default.createDirectory(atPath: program.path("png"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: out, toPath: program.path("png/a.png"))
            let foreign = try program.run(other.replacing("--output out", with: "--output png") + " --ending .png")
            #expect(foreign.status == 2 && foreign.errors.contains("png/a.png"), "\(foreign.errors)")
        }
    }

    /// What a look at data has no use for is refused, as it is of a slice to denoise.
    @Test(arguments: [
        ("slice.h5 --index 0", "--index goes with --dataset, which is missing"),
        ("slice.dcm --dataset /slice", "--dataset is of HDF5 files; 'slice.dcm' is none"),
        ("slice.dcm --index 0", "--index is of HDF5 files; 'slice.dcm' is none"),
    ])
    func dataCheckTakesNoOptionThatDoesNothing(arguments: String, message: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            try FileManager.default.copyItem(
                atPath: DICOMInputs.syntax("explicit-little"), toPath: program.path("slice.dcm"))
            let result = try program.run("data check \(arguments)")
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(message)"), "\(result.errors)")
            #expect(try program.succeed("data check slice.dcm").contains("nothing speaks against it"))
        }
    }

    /// A slice made anew is done, also where not a byte of it has changed.
    @Test(arguments: [".npy", ".dcm"]) func slicesMadeAnewAreDone(ending: String) throws {
        try Program.withFolder { program in
            try series(program, ["a.dcm"])
            let command = "\(Self.seriesCommand) --ending \(ending)"
            for again in ["", " --force"] {
                #expect(try program.succeed(command + again).hasPrefix("1 slices, 0 of them done\n"))
            }
            #expect(try program.succeed(command).hasPrefix("1 slices, 1 of them done\n"))
        }
    }

    /// No slice replaces another's output, and what is only asked leaves nothing.
    @Test func everySliceHasItsOwnName() throws {
        try Program.withFolder { program in
            try series(program, ["x.dcm", "x.ima", "y.dcm"])
            #expect(try program.succeed("\(Self.seriesCommand) --predict").hasPrefix("3 slices, 0 of them done\n"))
            let wrong = try program.run("\(Self.seriesCommand) --ending nii.gz")
            #expect(
                wrong.status == 2 && wrong.errors.contains("--ending is 'nii.gz'; expected one of"), "\(wrong.errors)")
            #expect(!program.files.contains { $0.hasPrefix("out") })
            try program.succeed(Self.seriesCommand)
            let made = Set(program.files.filter { $0.hasPrefix("out/") && $0.hasSuffix(".dcm") })
            #expect(made == ["out/x.dcm.dcm", "out/x.ima.dcm", "out/y.dcm"])
            try FileManager.default.moveItem(atPath: program.path("in/x.ima"), toPath: program.path("in/y-beside.dcm"))
            let both = try program.run(
                Self.seriesCommand.replacing("--output out", with: "--output png") + " --ending .png --beside")
            #expect(
                both.status == 2 && both.errors.contains("'png/y-beside.png' would be written twice"), "\(both.errors)")
        }
    }

    /// Other views of a head show a face.
    @Test func onlyAxialSlicesAreTaken() throws {
        try Program.withFolder { program in
            try series(program, [])
            var bytes = try Data(contentsOf: URL(fileURLWithPath: DICOMInputs.syntax("explicit-little")))
            let range = try #require(bytes.range(of: Data(#"1\0\0\0\1\0"#.utf8)))
            bytes.replaceSubrange(range, with: Data(#"1\0\0\0\0\1"#.utf8))
            try bytes.write(to: URL(fileURLWithPath: program.path("coronal.dcm")))
            let command = Self.command.replacing("slice.h5", with: "coronal.dcm").replacing("out.h5", with: "out.png")
            let refused = try program.run(command)
            #expect(
                refused.status == 2 && refused.errors.contains("not axial; expected axial slices"), "\(refused.errors)")
            try program.succeed("\(command) --insist")
        }
    }

    /// What the network cannot hold is told.
    @Test func pixelsBeyondTheWindowAreCounted() throws {
        try Program.withFolder { program in
            try prepare(program)
            var pixels = try HDF5File(reading: program.path("slice.h5")).read(Float.self, from: "/slice").values
            let below = pixels.count { $0 < -1024 }
            for index in 0..<5 { pixels[index] = 15_000 }
            try HDF5File.write(to: program.path("slice.h5")) {
                try $0.write(pixels, shape: [Self.height, Self.width], to: "/slice")
            }
            let told = try program.succeed(Self.command)
            let count = try #require(told.firstMatch(of: /([0-9]+) pixels beyond the -1024 to 3071 HU/)).1
            let low = try HDF5File(reading: program.path("slice.h5")).read(Float.self, from: "/slice").values
            #expect(Int(count) == low.count { $0 < -1024 || $0 > 3071 } && below > 0)
        }
    }

    /// Killed after its first part, then run again: the same image, and nothing left beside it.
    @Test(arguments: [("", (56, 57)), ("--batch", (130, 131)), ("--scheme lattice", (260, 260))])
    func killedDenoisingGoesOn(options: String, size: (Int, Int)) throws {
        try Program.withFolder { program in
            try prepare(program, size: size)
            let command = Self.command(options)
            let process = try program.start(command)
            while process.isRunning,
                !program.files.contains(where: { $0.hasPrefix("out.h5.parts/") && $0.hasSuffix(".h5") })
            {
                Thread.sleep(forTimeInterval: 0.005)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try #require(!program.files.contains("out.h5"), "killed before its end")
            let mode = try FileManager.default.attributesOfItem(atPath: program.path("out.h5.parts"))[.posixPermissions]
            #expect(mode as? Int == 0o700, "the client's plaintexts are its own")
            let changed = try program.run(command.replacing("--weight-bits 6", with: "--weight-bits 7"))
            #expect(
                changed.errors
                    == "ldct: out.h5.parts: belongs to another run; expected this one's, with the same input and options (delete it to start anew)\n"
            )
            try program.succeed(command)
            let input = try read(program, "/input")
            let slice = Image(width: input.shape[1], height: input.shape[0], pixels: input.values)
            #expect(try read(program, "/encrypted").values == expected(program, slice))
            #expect(!program.files.contains { $0.hasPrefix("out.h5.parts") })
        }
    }

    @Test(arguments: [
        ("--dataset /stack", "slice.h5: /stack has shape [2, 70, 83]; expected [row, column], or --index"),
        ("--dataset /none", "slice.h5"), ("--memory 0", "--memory is 0; expected 1 to 1048576 MiB."),
        ("--scheme cleartext", "scheme: is cleartext; expected paillier or lattice, which encrypt slices"),
        ("--scheme lattice --batch --mode sign-pair", "scheme lattice cannot run this: mode sign-pair; client-aided"),
        ("--verify", "--verify goes with --server"), ("--ca x", "--ca goes with --server"),
        ("--mode linear", "mode linear cannot run this network: a ReLU after conv1; none but after the last layer"),
        ("--batch --mode linear-fused", "mode linear-fused cannot run"),
        ("--weights none.h5", "none.h5"), ("--output no/out.h5", "no/out.h5: cannot be written"),
        (
            "--output out.jpg",
            "output is 'out.jpg'; expected a name that ends in one of: .dcm, .png, .nii.gz, .npy, .h5"
        ),
        ("--output out.dcm", "output is 'out.dcm'; expected another format, as a DICOM image is derived"),
        ("--output slice.h5", "slice.h5: is the input slice.h5; expected another file"),
        ("--window 40", "--window is '40'; expected level/width in HU, as 40/400."),
        ("--window 40/80", "--window is of pictures; expected an output ending in .png, or --beside"),
        ("--ending .png", "--ending is of a folder of slices; 'slice.h5' is none"),
        ("--mask-shared", "--mask-shared is of masks; mode client-aided has none"),
        ("--patience=9", "--patience goes with --server"),
        ("--memory -1", "Missing value for '--memory <memory>'; a negative one is written --memory=-1"),
        ("--scheme lattice --insecure", "--insecure is of Paillier keys; those of scheme lattice have one size"),
    ])
    func mistakesAreOneLine(options: String, message: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            let before = program.files
            var command = Self.command(options)
            for option in ["--weights", "--output"] where options.hasPrefix(option) {
                command = command.replacing(option == "--weights" ? " --weights w.h5" : " --output out.h5", with: "")
            }
            let result = try program.run(command)
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(message)"), "\(result.errors)")
            #expect(result.errors.count { $0 == "\n" } == 1 && program.files == before)
        }
    }
}
