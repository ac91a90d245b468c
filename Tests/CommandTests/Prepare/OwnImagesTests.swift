import Foundation
import Imaging
import Testing

/// README's recipe for images of one's own works as it is written, by Python's h5py; skipped where that cannot be installed.
@Suite(.enabled(if: Python.path != nil, "no python3 with h5py, and none to install")) struct OwnImagesTests {
    /// The Python block of the section "Other images".
    private static func recipe() throws -> String {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let section = try #require(text.range(of: "**Other images.**"))
        let block = try #require(text[section.upperBound...].firstMatch(of: #/```python\n((?:.*\n)*?) *```/#))
        // Indented as a part of the list.
        return block.1.split(separator: "\n", omittingEmptySubsequences: false).map { $0.dropFirst(2) }.joined(
            separator: "\n")
    }

    private func run(_ program: Program, _ script: String) throws {
        try program.write(script, to: "make.py")
        let python = Process()
        python.executableURL = URL(fileURLWithPath: try #require(Python.path))
        python.arguments = ["make.py"]
        python.currentDirectoryURL = program.folder
        try python.run()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0)
    }

    private static let experiment = """
        id: own
        title: Own images
        data: {file: own.h5, split: test, patches: 2}
        key: {bits: 1024, insecure: true}
        precision: {weights: 10, activations: 12}
        seed: 1
        threads: 1
        trials: 1
        cases:
          - {mode: client-aided, scheme: cleartext, weights: w.h5}

        """

    @Test func theRecipeWorksAsWritten() throws {
        try Program.withFolder { program in
            try run(program, Self.recipe())
            let output = try program.succeed("data check own.h5")
            #expect(output.contains("  train      2 patches of 64x64, 2 slices of 1 patient; "), "\(output)")
            #expect(output.hasSuffix("  nothing speaks against it\n"))
            try RandomNetworkFile.write(to: program.path("w.h5"))
            try program.write(Self.experiment, to: "own.yaml")
            try program.succeed("run own.yaml --quiet")
            let records = try program.text("Results/own/records.jsonl")
            #expect(records.contains("linear_filter"))
        }
    }

    /// A file of the test split alone, as float64, can be measured: without the row of the linear filter.
    @Test func aTestOnlyFileIsMeasured() throws {
        try Program.withFolder { program in
            let script =
                try Self.recipe() + "\nwith h5py.File('own.h5', 'a') as f:\n    del f['train'], f['validation']\n"
            try run(program, script)
            #expect(try program.succeed("data check own.h5").contains("  train      no patches\n"))
            try RandomNetworkFile.write(to: program.path("w.h5"))
            try program.write(Self.experiment, to: "own.yaml")
            try program.succeed("run own.yaml --quiet")
            let records = try program.text("Results/own/records.jsonl")
            #expect(records.contains("low_dose") && !records.contains("linear_filter"))
            try program.succeed("report own")
        }
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let edit: String
        let message: String

        init(_ name: String, _ edit: String, _ message: String) {
            (testDescription, self.edit, self.message) = (name, edit, message)
        }
    }

    static let images = "for s in ('train', 'validation', 'test'):\n    for d in ('low_dose', 'normal_dose'): "

    static let mistakes = [
        Mistake(
            "no attributes", "for k in list(f.attrs): del f.attrs[k]",
            "own.h5: no attribute schema_version, attribute source, attribute pixel_spacing_mm, attribute dose_fraction; "
        ),
        Mistake(
            "0 to 1", images + "f[s][d][...] = (f[s][d][...] + 1024) / 4096", "look like values normalised to 0...1; "),
        Mistake(
            "HU + 1024", images + "f[s][d][...] += 1100", "look like stored values without the rescale (HU + 1024); "),
        Mistake(
            "exchanged",
            "for s in ('train', 'validation', 'test'): f.move(s + '/low_dose', 'x'), "
                + "f.move(s + '/normal_dose', s + '/low_dose'), f.move('x', s + '/normal_dose')",
            "as if the two were exchanged; "),
        Mistake(
            "one patient", "for s in ('train', 'validation', 'test'): f[s]['patient'][...] = 'a'",
            "of patient 'a' is in "),
        Mistake(
            "two spacings", "f.attrs['pixel_spacing_mm'] = [.7, .7]",
            "/@pixel_spacing_mm is [0.7, 0.7]; expected three numbers"),
        Mistake("percent", "f.attrs['dose_fraction'] = 25.", "/@dose_fraction is 25.0; expected above 0 and at most 1"),
        Mistake("val", "f.move('validation', 'val')", "own.h5: /val is no split; expected the name /validation"),
        Mistake(
            "channels", "x = f['test/low_dose'][...][:, None]\ndel f['test/low_dose']\nf['test/low_dose'] = x",
            "expected [patches, height, width], at least 11 x 11, without the axis of channels"),
        Mistake(
            "lzf",
            "x = f['test/low_dose'][...]\ndel f['test/low_dose']\nf.create_dataset('test/low_dose', data=x, compression='lzf')",
            "own.h5: /test/low_dose is compressed by a filter that is not installed here (lzf, number 32000); expected gzip or none"
        ),
        Mistake(
            "external link",
            "h5py.File('o.h5', 'w')['x'] = f['test/low_dose'][...]\ndel f['test/low_dose']\n"
                + "f['test/low_dose'] = h5py.ExternalLink('o.h5', '/x')",
            "own.h5: /test/low_dose is behind a link to another file; "),
        Mistake(
            "external split",
            "with h5py.File('o.h5', 'w') as o: f.copy('train', o)\ndel f['train']\n"
                + "f['train'] = h5py.ExternalLink('o.h5', '/train')",
            "own.h5: /train/low_dose is behind a link to another file; "),
        Mistake(
            "external extents",
            "with h5py.File('o.h5', 'w') as o: o['x'] = [[16, 16]]\nf['test/extent'] = h5py.ExternalLink('o.h5', '/x')",
            "own.h5: /test/extent is behind a link to another file; "),
        Mistake(
            "integers as names",
            "for s in ('train', 'validation', 'test'):\n    del f[s]['patient']\n    f[s]['patient'] = [1, 2]",
            "patient holds int64; expected strings"),
    ]

    @Test(arguments: mistakes) func mistakesAreNamed(mistake: Mistake) throws {
        try Program.withFolder { program in
            let edit = mistake.edit.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
            try run(program, Self.recipe() + "\nwith h5py.File('own.h5', 'a') as f:\n\(edit)\n")
            try RandomNetworkFile.write(to: program.path("w.h5"))
            try program.write(Self.experiment, to: "own.yaml")
            let result = try program.run("run own.yaml --quiet")
            #expect(result.status == 2 && result.errors.contains(mistake.message), "\(result.errors)")
            #expect(result.errors.count { $0 == "\n" } == 1)
        }
    }
}

/// A Python with h5py: the one on the path, or a virtual environment made once.
enum Python {
    static let path: String? = {
        if works("/usr/bin/env", ["python3", "-c", "import h5py"]), let found = which() { return found }
        let folder = FileManager.default.temporaryDirectory.appending(path: "ldct-h5py").path
        let python = folder + "/bin/python"
        if works(python, ["-c", "import h5py"]) { return python }
        guard works("/usr/bin/env", ["python3", "-m", "venv", folder]),
            works(python, ["-m", "pip", "-q", "install", "h5py"]), works(python, ["-c", "import h5py"])
        else { return nil }
        return python
    }()

    private static func which() -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    private static func works(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
