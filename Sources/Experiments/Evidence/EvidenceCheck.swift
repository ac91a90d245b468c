import Denoising
import Foundation
import Leakage
package import PrivateDenoising

/// An evidence kit checked: manifest, decryption of every message of ciphertexts, every value computed anew.
package struct EvidenceCheck {
    package let folder: String
    package let scheme: SchemeName
    package let mode: Mode
    package let messages: Int
    package let ciphertexts: Int
    /// Values compared, and of them those that differ.
    package let values, mismatched: Int

    /// The kit a folder is, or the kits in it.
    /// - Throws: `EvidenceError.noKit` where there is none.
    package static func folders(_ path: String) throws -> [String] {
        func isKit(_ folder: String) -> Bool {
            FileManager.default.fileExists(atPath: "\(folder)/\(EvidenceKit.manifest)")
        }
        if isKit(path) || FileManager.default.fileExists(atPath: "\(path)/kit.json") { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let kits = names.sorted().map { "\(path)/\($0)" }.filter(isKit)
        guard !kits.isEmpty else { throw EvidenceError.noKit(folder: path, reason: "no \(EvidenceKit.manifest)") }
        return kits
    }

    /// - Throws: `EvidenceError` with the first thing that is wrong beside values.
    package init(_ folder: String, threads: Int) throws {
        let changes = try EvidenceKit.changes(in: folder)
        guard changes.isEmpty else { throw EvidenceError.changed(folder: folder, files: changes) }
        let reader = KitReader(folder: folder)
        let header = try reader.header()
        let transcript = try reader.reading("transcript") { try Transcript(reading: "\(folder)/transcript") }
        let agreement = transcript.agreement
        guard header.scheme == agreement.parameters.name, header.mode == agreement.mode,
            let scheme = header.scheme.measured
        else { throw reader.damage("kit.json", "scheme or mode of another run") }
        let network = try reader.network(header, agreement)
        let kit = EvidenceKit(
            header: header, transcript: transcript, disclosure: try reader.disclosure(agreement), network: network,
            input: try reader.numbers(EvidenceKit.inputFile, agreement.images),
            output: try reader.numbers(EvidenceKit.outputFile, agreement.activationShapes[agreement.layers.count]))
        let run = try reader.reading("transcript") { try Self.run(scheme, kit, reader, threads) }
        for (file, expected) in try kit.derivedFiles(run.plaintexts) {
            guard reader.content(file) == expected else {
                throw reader.damage(file, "not what follows from the other files")
            }
        }
        self.folder = folder
        self.scheme = header.scheme
        mode = header.mode
        messages = transcript.messages.count
        ciphertexts = transcript.entries.reduce(0) { $0 + $1.ciphertexts }
        (values, mismatched) = (run.values, run.mismatched)
    }

    private static func run<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ kit: EvidenceKit, _ reader: KitReader, _ threads: Int
    ) throws -> DisclosedRun {
        let data = reader.content("key.json")
        let key = try reader.reading("key.json") {
            try Scheme.key(published: data, kit.transcript.agreement.parameters)
        }
        return try DisclosedRun(
            scheme, kit.transcript, kit.disclosure, key: key, network: kit.network, images: kit.input,
            output: kit.output, threads: threads)
    }
}

/// Reads the files of a kit; whatever is wrong with one names it.
private struct KitReader {
    let folder: String

    /// A regular file's content; nil where there is none.
    func content(_ file: String) -> Data? { EvidenceKit.content("\(folder)/\(file)") }

    func damage(_ file: String, _ reason: String) -> EvidenceError {
        .damaged(folder: folder, file: file, reason: reason)
    }

    func reading<Content>(_ file: String, _ body: () throws -> Content) throws -> Content {
        do { return try body() } catch let error as EvidenceError { throw error } catch {
            throw damage(file, "\(error)")
        }
    }

    func header() throws -> EvidenceKit.Header {
        struct Version: Decodable { let version: Int }
        guard let data = content("kit.json"),
            let version = try? JSONDecoder().decode(Version.self, from: data).version
        else { throw damage("kit.json", "missing, or JSON without a version") }
        guard version == EvidenceKit.version else {
            throw damage("kit.json", "version \(version), expected \(EvidenceKit.version)")
        }
        let header = try reading("kit.json") { try JSONDecoder().decode(EvidenceKit.Header.self, from: data) }
        guard header.warning == EvidenceKit.keyComment else { throw damage("kit.json", "not the warning of a kit") }
        return header
    }

    /// The integer network anew from the weights.
    func network(
        _ header: EvidenceKit.Header, _ agreement: Agreement
    ) throws -> IntegerNetwork {
        try reading("weights.h5") {
            let trained = try TrainedNetwork(reading: "\(folder)/weights.h5")
            guard try trained.contentDigest() == header.weights.content_sha256 else {
                throw damage("weights.h5", "not the weights that kit.json names")
            }
            return try trained.integers(
                for: agreement.mode.networkKind, precision: header.precision, image: agreement.images)
        }
    }

    func numbers(_ file: String, _ shape: TensorShape) throws -> IntegerTensor {
        guard let data = content(file),
            let tensor = KitNumbers.tensor(data, shape)
        else { throw damage(file, "expected \(shape.elementCount) whole numbers, one a line") }
        return tensor
    }

    func disclosure(_ agreement: Agreement) throws -> Disclosure {
        let covers = try agreement.rounds.indices.map {
            try numbers(EvidenceKit.coverFile($0), agreement.rounds[$0].output)
        }
        guard agreement.shareBits != nil else { return Disclosure(covers: covers) }
        var shares: [Int: IntegerTensor] = [:]
        for round in agreement.rounds.dropLast() {
            let index = round.layers.upperBound
            shares[index] = try numbers(EvidenceKit.shareFile(index), round.output)
        }
        return Disclosure(
            covers: covers, shares: shares,
            outputShare: try numbers(
                EvidenceKit.outputShareFile, agreement.activationShapes[agreement.layers.count]))
    }
}
