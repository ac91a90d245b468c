import Foundation

/// The synthetic slices of Tests/CommandTests/DICOM, made by make_dicom.py, and ways to spoil a copy.
enum DICOMInputs {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../DICOM").standardizedFileURL.path

    /// A slice of two kB of pixels in one transfer syntax each.
    static let syntaxes = [
        "explicit-little", "implicit-little", "explicit-big", "unused-bits", "rle", "jpeg-lossless", "jpeg-ls",
        "jpeg-2000",
    ]

    static func syntax(_ name: String) -> String { "\(folder)/syntaxes/\(name).dcm" }

    static func json<Value: Decodable>(_ name: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    static let patients = ["L067", "L096", "L143"]

    /// Where slice 1 or 2 of a patient lies in the tree of 2016.
    static func mayo(_ patient: String, _ dose: String, _ slice: Int) -> String {
        let letter = dose == "full" ? "F" : "Q"
        return "mayo/\(patient)/\(dose)_3mm/\(patient)_\(letter)D_3_1.CT.000\(slice).IMA"
    }

    /// Replaces the value of an element of an explicit little-endian file by one of the same length.
    static func set(_ group: UInt16, _ element: UInt16, to value: String, in path: String) throws {
        try set(group, element, to: Data(value.utf8), in: path)
    }

    static func set(_ group: UInt16, _ element: UInt16, to value: Data, in path: String) throws {
        let url = URL(fileURLWithPath: path)
        var data = try Data(contentsOf: url)
        let tag = Data([UInt8(group & 0xff), UInt8(group >> 8), UInt8(element & 0xff), UInt8(element >> 8)])
        guard let found = data.range(of: tag), data[found.upperBound + 2] == UInt8(value.count) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        data.replaceSubrange(found.upperBound + 4..<found.upperBound + 4 + value.count, with: value)
        try data.write(to: url)
    }
}

extension Program {
    /// A copy of the tree of 2016.
    func copyMayo() throws {
        try FileManager.default.copyItem(atPath: "\(DICOMInputs.folder)/mayo", toPath: path("mayo"))
        try writeSalts()
    }

    /// Hidden files for --salt-file, their owner's alone.
    private func writeSalts() throws {
        for salt in ["s", "one", "two"] {
            try write(salt + "\n", to: ".\(salt)")
            chmod(path(".\(salt)"), 0o600)
        }
    }

    /// Moves slices to `folder/<n>.dcm`, in the order of their paths, and says what their series are.
    func arrange(_ folder: String, _ doses: [String], description: (String) -> String?) throws {
        try FileManager.default.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
        try writeSalts()
        for patient in DICOMInputs.patients {
            for dose in doses {
                for slice in 1...2 {
                    let target = path("\(folder)/\(patient)-\(dose)-\(slice).dcm")
                    try FileManager.default.copyItem(
                        atPath: "\(DICOMInputs.folder)/\(DICOMInputs.mayo(patient, dose, slice))", toPath: target)
                    if let text = description(dose) { try DICOMInputs.set(0x0008, 0x103e, to: text, in: target) }
                }
            }
        }
    }
}
