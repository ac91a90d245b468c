import Foundation
import Imaging
import Testing

/// Every file of a folder of slices is in the patch file, in an error, or in a line of the account.
@Suite struct SliceAccountTests {
    static let command = DICOMCommandTests.command + " --salt-file .s"

    private func move(_ program: Program, _ from: String, _ to: String) throws {
        try FileManager.default.createDirectory(
            at: program.folder.appending(path: to).deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: program.path(from), toPath: program.path(to))
    }

    @Test func everythingIsAccountedFor() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try program.write("a note", to: "mayo/README.txt")
            try program.write("junk", to: "mayo/L067/Makefile")
            let output = try program.succeed(Self.command)
            #expect(output.contains("  files    12 files: 6 pairs of slices, 6 of them in patches\n"))
            #expect(output.contains("  files    2 other files, no slices\n"))
            try program.write("train: [L067]\nvalidation: [L096]\ntest: [L143]\n", to: "split.yaml")
            for patient in ["L067", "L096"] {
                for dose in ["full", "quarter"] {
                    let path = "mayo/\(patient)x/\(dose)_3mm"
                    try FileManager.default.createDirectory(
                        atPath: program.path(path), withIntermediateDirectories: true)
                    try FileManager.default.copyItem(
                        atPath: program.path(DICOMInputs.mayo(patient, dose, 1)), toPath: program.path("\(path)/1.IMA"))
                }
            }
            #expect(
                try program.succeed(Self.command + " --split split.yaml").contains(
                    "  files    2 pairs of slices of patients that the split does not name\n"))
        }
    }

    /// A slice of air has no patch of the grid that is wanted.
    @Test(arguments: [("", "that is half body"), (" --least-body 0.6", "of which a share of 0.6 is body")])
    func slicesWithoutAPatch(option: String, words: String) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try DICOMInputs.set(
                0x0028, 0x1052, to: "-9000", in: program.path(DICOMInputs.mayo("L067", "full", 2)), padded: 6)
            #expect(
                try program.succeed(Self.command + option).contains(
                    "  files    1 pairs of slices without a patch \(words)\n"))
        }
    }

    /// Data on another disk: links to folders and to files, each real folder once, cycles too.
    @Test func linksAreFollowed() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            let plain = try program.succeed(Self.command)
            try move(program, "mayo/L096", "elsewhere/L096")
            try move(program, "mayo/L143/full_3mm", "elsewhere/full")
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: program.path("mayo/L096"), withDestinationPath: "../elsewhere/L096")
            try manager.createSymbolicLink(
                atPath: program.path("mayo/L143/full_3mm"), withDestinationPath: "../../elsewhere/full")
            try manager.createSymbolicLink(atPath: program.path("mayo/L143/round"), withDestinationPath: "..")
            #expect(try program.succeed(Self.command) == plain)
        }
    }

    /// A link to data that were not fetched is no slice left out in silence.
    @Test func aDanglingLinkIsNamed() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            let path = DICOMInputs.mayo("L067", "full", 2)
            try FileManager.default.removeItem(atPath: program.path(path))
            try FileManager.default.createSymbolicLink(
                atPath: program.path(path), withDestinationPath: "/not/fetched")
            let result = try program.run(Self.command)
            let message =
                "\(path): cannot be opened (No such file or directory); expected a slice "
                + "(is it a link to data that are not here?)"
            #expect(result.status == 2 && result.errors == "ldct: \(message)\n")
            #expect(try program.succeed(Self.command + " --skip-bad").contains("  skipped  \(message)\n"))
        }
    }

    /// Names of bytes that are no text, no ending at all, no preamble.
    @Test func slicesOfAnyName() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try program.succeed(Self.command)
            let plain = try PatchDataset.checksum(of: program.path("p.h5"))
            let folder = program.path("mayo/L067/full_3mm")
            let first = Array((folder + "/L067_FD_3_1.CT.0001.IMA").utf8CString)
            var name = Array("\(folder)/Sch".utf8)
            name += [0xe4] + Array(".IMA".utf8) + [0]
            let latin: [CChar] = name.map { CChar(bitPattern: $0) }
            #expect(rename(first, latin) == 0)
            try move(program, "mayo/L067/full_3mm/L067_FD_3_1.CT.0002.IMA", "mayo/L067/full_3mm/IM0002")
            // The data set alone, from its first element, as implicit readers find it.
            let url = program.folder.appending(path: "mayo/L067/full_3mm/IM0002")
            let bytes = try Data(contentsOf: url)
            let length = bytes[140..<144].reversed().reduce(0) { $0 << 8 | Int($1) }
            try bytes[(144 + length)...].write(to: url)
            try program.succeed(Self.command)
            #expect(try PatchDataset.checksum(of: program.path("p.h5")) == plain)
            try Data("cut".utf8).write(to: URL(fileURLWithPath: folder + "/z.dcm.gz"))
            let result = try program.run(Self.command)
            #expect(
                result.errors
                    == "ldct: mayo/L067/full_3mm/z.dcm.gz: no DICOM file, or damaged before its pixels; expected a CT slice\n"
            )
            #expect(rename(latin, first) == 0)
        }
    }

    /// `<dose>/<patient>` instead of `<patient>/<dose>`.
    @Test func treesTurnedInsideOut() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try program.succeed(Self.command)
            let plain = try PatchDataset(reading: program.path("p.h5"))
            for patient in DICOMInputs.patients {
                for dose in ["full", "quarter"] {
                    try move(program, "mayo/\(patient)/\(dose)_3mm", "turned/\(dose)_3mm/\(patient)")
                }
            }
            try program.succeed(Self.command.replacing("dicom mayo", with: "dicom turned"))
            #expect(try PatchDataset(reading: program.path("p.h5")) == plain)
            try move(program, "turned/full_3mm/L067/L067_FD_3_1.CT.0001.IMA", "turned/lost.dcm")
            let result = try program.run(Self.command.replacing("dicom mayo", with: "dicom turned"))
            #expect(
                result.errors
                    == "ldct: turned/lost.dcm: a slice in another folder; expected full_<kind> or quarter_<kind>\n")
        }
    }

    @Test func patientsWithoutAnIdentity() throws {
        try Program.withFolder { program in
            try program.arrange("plain", ["full"]) { _ in nil }
            let command = Self.command.replacing("dicom mayo", with: "dicom plain") + " --views 30"
            for file in program.files where file.hasPrefix("plain") {
                try DICOMInputs.set(0x0010, 0x0020, to: "    ", in: program.path(file))
            }
            let result = try program.run(command)
            #expect(result.status == 2)
            #expect(
                result.errors.contains(
                    "PatientID is empty, in several series; expected an ID that tells patients apart"))
        }
    }

    /// Both doses of a slice lie at one place: rounding is allowed for and told, anything more is another place.
    @Test(arguments: [("-12.0\\-11.5\\-37.02", true), ("-14.0\\-11.5\\-37.0 ", false), ("-12.05\\-11.5\\-37.0", true)])
    func positionsOfBothDoses(position: String, isPaired: Bool) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            let path = DICOMInputs.mayo("L067", "quarter", 2)
            // The element's length is that of "-12.0\-11.5\-37.0", padded to 18.
            try DICOMInputs.set(0x0020, 0x0032, to: position, in: program.path(path), padded: 18)
            let result = try program.run(Self.command)
            #expect((result.status == 0) == isPaired)
            if isPaired {
                #expect(result.output.contains(" mm apart, taken for rounding\n"))
            } else {
                #expect(
                    result.errors
                        == "ldct: \(path): position is 2 mm away in the plane; expected the same place as in "
                        + "\(DICOMInputs.mayo("L067", "full", 2))\n")
            }
        }
    }

    @Test func dosesThatAreExchanged() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            for patient in DICOMInputs.patients {
                try move(program, "mayo/\(patient)/full_3mm", "x")
                try move(program, "mayo/\(patient)/quarter_3mm", "mayo/\(patient)/full_3mm")
                try move(program, "x", "mayo/\(patient)/quarter_3mm")
            }
            let before = program.files
            let result = try program.run(Self.command)
            #expect(
                result.errors
                    == "ldct: mayo: low_dose is smoother than normal_dose, as if the two were exchanged; "
                    + "expected a low dose and a normal dose of it (to insist: --insist)\n")
            #expect(program.files == before)
            try program.succeed(Self.command + " --insist")
            #expect(try PatchDataset(reading: program.path("p.h5")).record.insistence == [.values, .doses])
        }
    }

    /// Numbers are read whole or refused by name.
    @Test(arguments: [
        (UInt16(0x0028), UInt16(0x1053), "1,"), (0x0028, 0x1053, "x "), (0x0028, 0x1052, "-1024,"),
        (0x0028, 0x0030, "0,75\\0,75 "),
        (0x0020, 0x0032, "-12,0\\-11,5\\-37,0"), (0x0018, 0x0050, "3,0"), (0x0018, 0x0050, "inf"),
        (0x0018, 0x0050, "0x3"),
    ])
    func decimalStringsAreReadWholeOrRefused(group: UInt16, element: UInt16, text: String) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            let path = DICOMInputs.mayo("L067", "full", 2)
            let data = try Data(contentsOf: program.folder.appending(path: path))
            let tag = Data([UInt8(group & 0xff), UInt8(group >> 8), UInt8(element & 0xff), UInt8(element >> 8)])
            let length = Int(data[try #require(data.range(of: tag)).upperBound + 2])
            try DICOMInputs.set(group, element, to: text, in: program.path(path), padded: max(length, text.count))
            let result = try program.run(Self.command)
            #expect(result.status == 2)
            #expect(result.errors.hasPrefix("ldct: \(path): "), "\(result.errors)")
            #expect(
                result.errors.hasSuffix("; expected decimal numbers as DICOM writes them (digits and a point)\n"),
                "\(result.errors)")
        }
    }

    @Test func whatIsNotReadIsNamed() throws {
        try Program.withFolder { program in
            func message(_ change: (String) throws -> Void) throws -> String {
                let path = program.path("s.dcm")
                try? FileManager.default.removeItem(atPath: path)
                try FileManager.default.copyItem(atPath: DICOMInputs.syntax("jpeg-2000"), toPath: path)
                try change(path)
                let error = #expect(throws: DICOMError.self) { try DICOMSlice(DICOMHeader(reading: path)).image() }
                return error.map { "\($0)".replacing(path, with: "s.dcm") } ?? ""
            }
            #expect(
                try message { path in
                    try DICOMInputs.set(0x0002, 0x0010, to: "1.2.840.10008.1.2.4.94", in: path)
                } == "s.dcm: transfer syntax is 1.2.840.10008.1.2.4.94 (JPIP, pixels elsewhere); "
                    + "expected raw pixels, RLE, JPEG, JPEG-LS or JPEG 2000")
            #expect(
                try message { try DICOMInputs.set(0x0028, 0x1054, to: "US", in: $0) }
                    == "s.dcm: RescaleType is US; expected HU")
            #expect(
                try message { try DICOMInputs.set(0x0028, 0x0102, to: Data([15, 0]), in: $0) }
                    == "s.dcm: high bit is 15 with 12 bits stored; expected 11")
            let path = program.path("t.dcm")
            try FileManager.default.copyItem(atPath: DICOMInputs.syntax("explicit-little"), toPath: path)
            try DICOMInputs.set(0x0028, 0x1054, to: "hu", in: path)
            #expect(try DICOMSlice(DICOMHeader(reading: path)).image().width == 32)
        }
    }
}
