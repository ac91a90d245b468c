import Foundation
import Imaging
import Testing

/// `ldct` as its user meets it: exit status, one line on standard error, no file left.
@Suite struct PrepareCommandTests {
    static let volume = "prepare volume eight.raw --dtype int16 --spacing 1,1,1 --output x.h5 --shape"
    static let mistakes = [
        (
            "prepare phantom",
            "Missing expected argument '--output <output>' (ldct prepare phantom --help tells what is expected)"
        ),
        ("\(volume) 2,2", "shape is [2, 2]; expected slices,rows,columns, each from 1 to 8192"),
        ("\(volume) 1,1,3", "eight.raw: 8 bytes; expected 6 bytes for shape [1, 1, 3] of int16"),
        (
            "\(volume) 1,2,2",
            "0 slices hold a patch, of which enough must be body (--least-body, above -500 HU); "
                + "expected three patients, or at least 9 slices of each (three splits, two gaps of 3)"
        ),
        ("\(volume) 1,2,2 --crops reference --crops-per-slice 0", "crops of a slice is 0; expected 1 to 4096"),
        (
            "\(volume) 1,2,2 --crops-per-slice 2",
            "--crops-per-slice goes with --crops reference. (ldct prepare volume --help tells what is expected)"
        ),
        (
            "\(volume) 1,2,2 --crops reference --stride 8",
            "--stride is of a grid, not of --crops reference. (ldct prepare volume --help tells what is expected)"
        ),
        ("\(volume) 1,2,2 --patient a\nb", "patient is of several lines; expected one line of text"),
        ("\(volume) 1,2,2 --source a\u{7f}b", "source is of several lines; expected one line of text"),
        (
            "prepare dicom . --output x.h5 --source a\u{1b}b",
            "source is of several lines; expected one line of text"
        ),
        ("\(volume) 1,2,2 --photons 0", "photons is 0.0; expected 1 to 1e12"),
        ("\(volume) 1,2,2 --patch-size 3", "patch size is 3; expected 11 (the window of SSIM) to 4096 pixels"),
        (
            "prepare volume none.raw --dtype int16 --spacing 1,1,1 --output x.h5 --shape 1,2,2",
            "none.raw: no such file, or not readable; expected a raw volume"
        ),
        (
            "prepare volume nan.raw --dtype float32 --spacing 1,1,1 --output x.h5 --shape 1,1,2",
            "nan.raw: slice 0 read as float32: row 0, column 1 is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
        ),
        (
            "prepare phantom --output no/such/x.h5",
            "no/such/x.h5: cannot be written (no such file or directory); "
                + "expected a path in an existing, writable folder"
        ),
    ]

    @Test(arguments: mistakes) func mistakesAreOneLineAndStatusTwo(arguments: String, message: String) throws {
        try Program.withFolder { program in
            try Data(count: 8).write(to: program.folder.appending(path: "eight.raw"))
            let bits: [UInt32] = [0, Float.nan.bitPattern]
            try bits.withUnsafeBytes { try Data($0).write(to: program.folder.appending(path: "nan.raw")) }
            let result = try program.run(arguments)
            #expect(result.status == 2)
            #expect(result.errors == "ldct: \(message)\n")
            #expect(result.output == "")
            #expect(program.files == ["eight.raw", "nan.raw"])
        }
    }

    @Test func phantomEndToEnd() throws {
        try Program.withFolder { program in
            let output = try program.succeed(
                "prepare phantom --patients 3 --slices-per-patient 1 --size 96 --views 30 --patch-size 32 --stride 32 "
                    + "--output x.h5")
            #expect(output.contains("train phantom-1; validation phantom-2; test phantom-3"))
            #expect(program.files == ["x.h5"])
        }
    }

    /// The reference's crops as a patch file: what of them is image is what metrics are taken over, and what outside is air.
    @Test func theReferencesCropsAreMeasuredOverWhatIsImage() throws {
        try Program.withFolder { program in
            let output = try program.succeed(
                "prepare phantom --patients 3 --slices-per-patient 1 --size 96 --views 30 --crops reference "
                    + "--crops-per-slice 6 --output x.h5 --insist")
            let data = try PatchDataset(reading: program.path("x.h5"))
            let short = Split.allCases.reduce(0) { $0 + data[$1].shortCount }
            // Of 96 x 96 with corners from 16 to 80, 17 of 65 are whole on either axis.
            #expect(short > 0 && output.contains("train 6, validation 6, test 6; \(short) of them over the edge"))
            #expect(data.record.parameters.contains(#""crops":"reference","crops_per_slice":6"#))
            #expect(!data.record.parameters.contains("stride") && !data.record.parameters.contains("least_body"))
            #expect(try program.succeed("data check x.h5").contains("\(data.test.shortCount) of them over the edge"))

            try RandomNetworkFile.write(to: program.path("w.h5"))
            func experiment(_ crop: String) -> String {
                """
                id: own
                title: Own
                data: {file: x.h5, split: test, patches: 6}
                seed: 1
                cases: [{mode: client-aided, scheme: cleartext, weights: w.h5\(crop)}]
                """
            }
            try program.write(experiment(""), to: "own.yaml")
            try program.succeed("run own.yaml --quiet")
            let records = try program.text("Results/own/records.jsonl").split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
            }
            let lowDose = records.filter { $0["method"] as? String == "low_dose" && $0["metric"] as? String == "psnr" }
            #expect(lowDose.count == 6)
            for record in lowDose {
                let index = try #require(record["patch"] as? Int)
                let extent = data.test.extents[index]
                let quality = ImageQuality(
                    of: extent.cut(data.test.lowDose(index)), against: extent.cut(data.test.normalDose(index)))
                #expect(abs(try #require(record["value"] as? Double) - quality.psnr) < 1e-9)
            }
            try program.write(experiment(", crop: {size: 16, count: 1}"), to: "crop.yaml")
            let refused = try program.run("run crop.yaml --quiet")
            #expect(refused.status == 2 && refused.errors.contains("are image in part only"), "\(refused.errors)")
        }
    }

    @Test func helpIsNotAnError() throws {
        try Program.withFolder { program in
            let result = try program.run("prepare --help")
            #expect(result.status == 0 && result.errors == "" && result.output.contains("USAGE: ldct prepare"))
        }
    }
}
