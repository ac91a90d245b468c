import HDF5
import Imaging

/// The images of one case in `images.h5`: group `/case-N` with a dataset [patch, row, column] in HU per method, and which
/// patches they are.
struct CaseImages: Equatable {
    let number: Int
    let mode: String
    /// File name of the weights.
    let network: String
    let patches: [Int]
    let patients: [String]
    let slices: [Int]
    /// By name: `normal_dose`, and the methods of the table.
    let images: [String: [Image]]

    /// Replaces the file in one piece.
    static func write(_ cases: [CaseImages], to path: String) throws {
        try HDF5File.write(to: path) { file in
            for item in cases.sorted(by: { $0.number < $1.number }) { try item.write(to: file) }
        }
    }

    private var group: String { "/case-\(number)" }

    private func write(to file: borrowing HDF5File) throws {
        for (name, images) in images.sorted(by: { $0.key < $1.key }) {
            let shape = [images.count, images[0].height, images[0].width]
            try file.write(
                images.flatMap(\.pixels), shape: shape, to: "\(group)/\(name)", storage: .compressed(rows: 1))
        }
        try file.write(patches, shape: [patches.count], to: "\(group)/patch")
        try file.write(slices, shape: [slices.count], to: "\(group)/slice")
        try file.write(patients, to: "\(group)/patient")
        try file.setAttribute("mode", to: mode, on: group)
        try file.setAttribute("network", to: network, on: group)
    }
}

extension CaseImages {
    private static let descriptions: Set = ["patch", "slice", "patient"]

    /// All cases of a file.
    static func all(in path: String) throws -> [CaseImages] {
        let file = try HDF5File(reading: path)
        var cases: [CaseImages] = []
        for member in try file.members() {
            guard member.hasPrefix("case-"), let number = Int(member.dropFirst("case-".count)) else { continue }
            cases.append(try CaseImages(number, of: file))
        }
        return cases
    }

    private init(_ number: Int, of file: borrowing HDF5File) throws {
        self.number = number
        let group = "/case-\(number)"
        mode = try file.attribute("mode", as: String.self, on: group)
        network = try file.attribute("network", as: String.self, on: group)
        patches = try file.read(Int.self, from: "\(group)/patch").values
        slices = try file.read(Int.self, from: "\(group)/slice").values
        patients = try file.readStrings(from: "\(group)/patient")
        var images: [String: [Image]] = [:]
        for name in try file.members(of: group) where !Self.descriptions.contains(name) {
            let stored = try file.read(Float.self, from: "\(group)/\(name)", rank: 3)
            let area = stored.shape[1] * stored.shape[2]
            images[name] = (0..<stored.shape[0]).map { index in
                Image(
                    width: stored.shape[2], height: stored.shape[1],
                    pixels: Array(stored.values[index * area..<(index + 1) * area]))
            }
        }
        self.images = images
    }
}
