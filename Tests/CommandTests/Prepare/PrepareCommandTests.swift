import Foundation
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
        ("\(volume) 1,2,2 --photons 0", "photons is 0.0; expected 1 to 1e12"),
        ("\(volume) 1,2,2 --patch-size 3", "patch size is 3; expected 11 (the window of SSIM) to 4096 pixels"),
        (
            "prepare volume none.raw --dtype int16 --spacing 1,1,1 --output x.h5 --shape 1,2,2",
            "none.raw: no such file, or not readable; expected a raw volume"
        ),
        (
            "prepare volume nan.raw --dtype float32 --spacing 1,1,1 --output x.h5 --shape 1,1,2",
            "nan.raw: slice 0 read as float32: value 1 is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
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

    @Test func helpIsNotAnError() throws {
        try Program.withFolder { program in
            let result = try program.run("prepare --help")
            #expect(result.status == 0 && result.errors == "" && result.output.contains("USAGE: ldct prepare"))
        }
    }
}
