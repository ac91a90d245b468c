import Foundation
import HDF5
import Imaging

/// The images of one case, or of one attack, in `images.h5`: a group with a dataset [patch, row, column] in HU per method, and
/// which patches they are.
struct CaseImages: Equatable {
    /// What they are images of. Its text is the group's name.
    struct ID: Hashable, Comparable {
        let name: String

        /// `case-2`.
        static func run(_ number: Int) -> ID { ID(name: "case-\(number)") }

        /// `attack-1-none-least-squares`: of an attack, what tells its pictures apart.
        static func attack(_ number: Int, _ parts: [String]) -> ID {
            let words = parts.joined(separator: "-").map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
            return ID(name: "attack-\(number)-\(words.split(separator: "-").joined(separator: "-"))")
        }

        /// Numbers by their size.
        static func < (left: ID, right: ID) -> Bool {
            left.name.compare(right.name, options: .numeric) == .orderedAscending
        }
    }

    let id: ID
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
            for item in cases.sorted(by: { $0.id < $1.id }) { try item.write(to: file) }
        }
    }

    private var group: String { "/\(id.name)" }

    private func write(to file: borrowing HDF5Output) throws {
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
            cases.append(try CaseImages(ID(name: member), of: file))
        }
        return cases
    }

    private init(_ id: ID, of file: borrowing HDF5File) throws {
        self.id = id
        let group = "/\(id.name)"
        mode = try file.attribute("mode", as: String.self, on: group)
        network = try file.attribute("network", as: String.self, on: group)
        patches = try file.read(Int.self, from: "\(group)/patch").values
        slices = try file.read(Int.self, from: "\(group)/slice").values
        patients = try file.readStrings(from: "\(group)/patient")
        var images: [String: [Image]] = [:]
        for name in try file.members(of: group) where !Self.descriptions.contains(name) {
            images[name] = try file.images("\(group)/\(name)")
        }
        self.images = images
    }
}

extension HDF5File {
    /// A dataset [image, row, column].
    borrowing func images(_ name: String) throws -> [Image] {
        let stored = try read(Float.self, from: name, rank: 3)
        let area = stored.shape[1] * stored.shape[2]
        return (0..<stored.shape[0]).map { index in
            Image(
                width: stored.shape[2], height: stored.shape[1],
                pixels: Array(stored.values[index * area..<(index + 1) * area]))
        }
    }
}
