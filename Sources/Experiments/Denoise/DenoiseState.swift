import Denoising
import Foundation
import HDF5
import Numerics
import Preparation
import PrivateDenoising
import Support

/// What an interrupted denoising has done, beside its output. Plaintexts of the client: the folder is its owner's alone.
struct DenoiseState {
    private let folder: PrivateFolder

    /// - Throws: `PrepareError.foreignParts` if the folder belongs to another denoising.
    init(beside output: String, identity: String) throws {
        folder = try PrivateFolder(output + ".parts")
        let name = "identity"
        if let known = folder.contents(name) {
            guard known == Data(identity.utf8) else { throw PrepareError.foreignParts(folder: folder.path) }
        } else {
            try folder.write(Data(identity.utf8), to: name)
        }
    }

    /// Runs the work; its parts are gone afterwards, unless it was stopped and can go on.
    func whileWorking<Result>(_ body: () throws -> Result) throws -> Result { try folder.whileWorking(body) }

    private func path(_ name: String) -> String { folder.file("\(name).h5") }

    /// Tensors by number, with whole numbers and what has been spent.
    func write(_ name: String, tensors: [Int: IntegerTensor], numbers: [String: Int], totals: SliceTotals) throws {
        try HDF5File.write(to: path(name), access: .secret) { file in
            for (number, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                let words = tensor.values.words.map { Int64(bitPattern: $0) }
                let shape = tensor.shape.dimensions + [tensor.values.limbs]
                try file.write(words, shape: shape, to: "/\(number)", storage: .compressed(rows: 1))
            }
            for (key, value) in numbers.sorted(by: { $0.key < $1.key }) { try file.setAttribute(key, to: value) }
            for (key, field) in SliceTotals.whole { try file.setAttribute(key, to: totals[keyPath: field]) }
            try file.setAttribute("client_seconds", to: totals.clientSeconds)
            try file.setAttribute("server_seconds", to: totals.serverSeconds)
        }
    }

    /// nil if it was never written.
    func read(_ name: String, numbers: [String]) throws -> (
        tensors: [Int: IntegerTensor], numbers: [String: Int], SliceTotals
    )? {
        guard FileManager.default.fileExists(atPath: path(name)) else { return nil }
        let file = try HDF5File(reading: path(name))
        var tensors: [Int: IntegerTensor] = [:]
        for member in try file.members() {
            let stored = try file.read(Int64.self, from: "/\(member)", rank: 5)
            let sizes = stored.shape
            let shape = try TensorShape(checking: Array(sizes.prefix(4)))
            guard sizes[4] > 0 else { throw PrepareError.foreignParts(folder: folder.path) }
            var values = IntegerArray(count: shape.elementCount, limbs: sizes[4])
            values.words = stored.values.map { UInt64(bitPattern: $0) }
            if let number = Int(member) { tensors[number] = IntegerTensor(shape: shape, values: values) }
        }
        var totals = SliceTotals()
        for (key, field) in SliceTotals.whole { totals[keyPath: field] = try file.attribute(key, as: Int.self) }
        totals.clientSeconds = try file.attribute("client_seconds", as: Double.self)
        totals.serverSeconds = try file.attribute("server_seconds", as: Double.self)
        var found: [String: Int] = [:]
        for key in numbers { found[key] = try file.attribute(key, as: Int.self) }
        return (tensors, found, totals)
    }
}

/// Costs and checks of a slice, or of what is done of it.
package struct SliceTotals: Sendable {
    package internal(set) var mismatched = 0
    package internal(set) var outOfRange = 0
    /// Activations of the whole slice beyond what the calibration foresaw, when it is done: no part of the state.
    package internal(set) var saturated = 0
    package internal(set) var clientSeconds = 0.0
    /// 0 where the server is elsewhere.
    package internal(set) var serverSeconds = 0.0
    package internal(set) var bytesUp = 0
    package internal(set) var bytesDown = 0
    var products = 0
    var rounds = 0
    package internal(set) var messages = 0

    /// - Parameter transcripts: One a connection.
    init(_ transcripts: [Transcript] = [], mismatched: Int = 0) {
        self.mismatched = mismatched
        for transcript in transcripts {
            clientSeconds += transcript.clientSeconds
            serverSeconds += transcript.serverSeconds
            bytesUp += transcript.bytes(.up)
            bytesDown += transcript.bytes(.down)
            products += transcript.products
            rounds += transcript.rounds
            messages += transcript.entries.count
        }
    }

    /// With another part of the slice, or of its run; the one that ended last tells what is cut off.
    mutating func add(_ other: SliceTotals) {
        for (_, field) in Self.whole { self[keyPath: field] += other[keyPath: field] }
        clientSeconds += other.clientSeconds
        serverSeconds += other.serverSeconds
        saturated = other.saturated
    }

    /// By their names in the state.
    fileprivate static var whole: [(String, WritableKeyPath<SliceTotals, Int>)] {
        [
            ("mismatched", \.mismatched), ("out_of_range", \.outOfRange), ("bytes_up", \.bytesUp),
            ("bytes_down", \.bytesDown), ("products", \.products), ("rounds", \.rounds),
            ("messages", \.messages),
        ]
    }
}
