package import Configuration
import Foundation
import PrivateDenoising
import Reporting

/// Runs each case of an experiment once, under a key of its own that is published, and writes an evidence kit of it.
package struct EvidenceRun {
    private let items: [Item]
    private let folder: String

    private struct Item {
        let prepared: PreparedCase
        let agreement: Agreement
        let name: String
    }

    /// Bytes of all messages that a kit can have: more is no longer something to publish and read.
    package static let largestMessages = 4 << 20

    /// Reads and checks everything.
    /// - Parameter folder: that the kits go into, a folder each.
    /// - Throws: `ConfigurationError` with the line that asks for what no kit can hold.
    package init(_ file: ConfigurationFile, folder: String) throws {
        let inputs = try RunInputs(file)
        guard inputs.points.count == 1, let point = inputs.points.first, !point.cases.isEmpty else {
            throw file.refusal(
                inputs.points.count > 1 ? "sweep" : "cases",
                "an evidence kit is one run of one case; expected cases, and no sweep")
        }
        self.folder = folder
        var names: [String: Int] = [:]
        items = try point.cases.map { item in
            let agreement = try Self.agreement(of: item, file)
            var name = "\(item.settings.scheme.rawValue)-\(item.settings.mode.rawValue)"
            if item.settings.layout == .tile { name += "-tile" }
            if item.settings.order == .offline { name += "-offline" }
            names[name, default: 0] += 1
            if let number = names[name], number > 1 { name += "-\(number)" }
            return Item(prepared: item, agreement: agreement, name: name)
        }
    }

    private static func agreement(of item: PreparedCase, _ file: ConfigurationFile) throws -> Agreement {
        let key = "cases[\(item.number)]"
        guard let agreement = item.agreement else {
            throw file.refusal(
                "\(key).scheme", "is \(item.settings.scheme.rawValue), which exchanges no messages to publish")
        }
        guard agreement.permutation == .none else {
            throw file.refusal(
                "\(key).permutation", "is checked value by value in no order but the network's; expected none")
        }
        let bytes = try agreement.steps.reduce(0) { $0 + $1.messageBytes }
        guard bytes <= largestMessages else {
            throw file.refusal(
                "\(key).mode",
                String(
                    format:
                        "its messages are %.1f MB, and an evidence kit is published and read whole; expected at most %.1f MB: "
                        + "fewer patches, smaller images (data.random) or a narrower network", Double(bytes) / 1e6,
                    Double(largestMessages) / 1e6))
        }
        return agreement
    }

    /// - Parameter watch: Told of every kit written.
    package func run(_ watch: (_ folder: String) throws -> Void) throws {
        for item in items {
            let path = "\(folder)/\(item.name)"
            guard !FileManager.default.fileExists(atPath: path) else {
                throw EvidenceError.occupied(folder: path)
            }
        }
        for item in items {
            guard let scheme = item.agreement.parameters.name.measured else { continue }
            let path = "\(folder)/\(item.name)"
            try Self.record(scheme, item, to: path)
            try watch(path)
        }
    }

    private static func record<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ item: Item, to folder: String
    ) throws {
        let (prepared, agreement) = (item.prepared, item.agreement)
        let (key, images) = (try Scheme.makeKey(prepared.settings.key), try prepared.input())
        let threads = prepared.settings.workers
        let (transcript, disclosure, output) = try Transcript.disclosing(
            scheme, agreement: agreement, network: prepared.network, key: key, images: images, threads: threads)
        let kit = EvidenceKit(
            header: try EvidenceKit.header(
                agreement, precision: prepared.settings.precision, weights: prepared.weights.name,
                trained: prepared.trained, case: prepared.number),
            transcript: transcript, disclosure: disclosure, network: prepared.network, input: images, output: output)
        let run = try DisclosedRun(
            scheme, transcript, disclosure, key: key, network: prepared.network, images: images, output: output,
            threads: threads)
        try kit.write(
            to: folder, key: Scheme.published(key, comment: EvidenceKit.keyComment), trained: prepared.trained,
            plaintexts: run.plaintexts)
        guard run.mismatched == 0 else { throw EvidenceError.wrong(folder: folder, values: run.mismatched) }
    }
}
