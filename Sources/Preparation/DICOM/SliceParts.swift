import Crypto
import Foundation
import Imaging
import Support

/// The patches of finished slices in a folder beside the output, a file a slice: what a preparation resumes from.
struct SliceParts: Sendable {
    let folder: PrivateFolder
    /// Turns patients' names into labels; drawn once for a preparation and gone with the folder.
    let salt: String
    private let patchArea: Int

    private struct Plan: Codable {
        /// SHA-256 of what decides the patches: settings, files with their sizes and times.
        let identity: String
        let salt: String
    }

    private static let planName = "plan.json"

    /// Makes the folder, or takes up one of the same preparation.
    /// - Throws: `PrepareError.foreignParts` if it belongs to another.
    init(beside output: String, identity: String, salt: String?, patchSize: Int) throws {
        folder = try PrivateFolder(output + ".parts")
        patchArea = patchSize * patchSize
        if let data = folder.contents(Self.planName) {
            let plan = try? JSONDecoder().decode(Plan.self, from: data)
            guard let plan, plan.identity == identity, salt == nil || salt == plan.salt else {
                throw PrepareError.foreignParts(folder: folder.path)
            }
            self.salt = plan.salt
            return
        }
        self.salt = salt ?? SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
        try folder.write(JSONEncoder().encode(Plan(identity: identity, salt: self.salt)), to: Self.planName)
    }

    /// The patches of one slice.
    struct Patches: Equatable {
        var origins: [PatchOrigin] = []
        var extents: [PatchExtent] = []
        /// HU, patch by patch, of the low and then the normal dose.
        var low: [Int16] = []
        var normal: [Int16] = []
    }

    func contains(_ slice: Int) -> Bool { FileManager.default.fileExists(atPath: path(slice)) }

    /// Number of patches, their origins and extents, then both doses; 32-bit and 16-bit little endian.
    func write(_ patches: Patches, of slice: Int) throws {
        var data = Data()
        let places = zip(patches.origins, patches.extents).flatMap { origin, extent in
            [origin.row, origin.column, extent.height, extent.width].map { Int32($0) }
        }
        for value in [Int32(patches.origins.count)] + places { data.append(littleEndian: value) }
        for value in patches.low + patches.normal { data.append(littleEndian: value) }
        try folder.write(data, to: Self.name(of: slice))
    }

    /// - Throws: `PrepareError.damagedPart`.
    func read(_ slice: Int) throws -> Patches {
        guard let data = FileManager.default.contents(atPath: path(slice)), data.count >= 4 else {
            throw PrepareError.damagedPart(file: path(slice))
        }
        func integer<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
            data.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
        }
        let count = Int(integer(0, as: Int32.self))
        let start = 4 + 16 * count
        guard count >= 0, data.count == start + 4 * count * patchArea else {
            throw PrepareError.damagedPart(file: path(slice))
        }
        func place(_ patch: Int, _ number: Int) -> Int { Int(integer(4 + 16 * patch + 4 * number, as: Int32.self)) }
        let origins = (0..<count).map { PatchOrigin(row: place($0, 0), column: place($0, 1)) }
        let extents = (0..<count).map { PatchExtent(height: place($0, 2), width: place($0, 3)) }
        let values = (0..<2 * count * patchArea).map { integer(start + 2 * $0, as: Int16.self) }
        return Patches(
            origins: origins, extents: extents, low: Array(values.prefix(count * patchArea)),
            normal: Array(values.suffix(count * patchArea)))
    }

    /// What a patient is called in the output.
    func label(_ patient: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(patient.utf8), using: SymmetricKey(data: Data(salt.utf8)))
        return "patient-" + code.prefix(6).hexadecimal
    }

    private static func name(of slice: Int) -> String { "\(slice).part" }

    private func path(_ slice: Int) -> String { folder.file(Self.name(of: slice)) }
}
