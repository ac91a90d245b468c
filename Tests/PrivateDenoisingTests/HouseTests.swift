import Foundation
import Testing

/// What the arrangement of the sources promises, as far as their text shows it.
@Suite struct HouseTests {
    private static func sources(below folder: String) throws -> [(path: String, text: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
            .standardizedFileURL
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
            (
                String($0.standardizedFileURL.path.dropFirst(root.path.count + 1)),
                try String(contentsOf: $0, encoding: .utf8)
            )
        }
    }

    /// How values sit in ciphertexts is a scheme's own business.
    @Test func nobodyOutsideASchemeKnowsHowValuesSit() throws {
        let words = ["Packing", "packing", "plaintextBits", "slotBits", "Tiling", "tiling", "unusedSlots"]
        let places = [
            "PrivateDenoising/Session", "PrivateDenoising/Modes", "PrivateDenoising/Messages", "Leakage", "Preparation",
            "Experiments",
        ]
        let files = try places.flatMap(Self.sources)
        #expect(files.count > 100)
        // Micro-benchmarks time Paillier's own layers.
        for (path, text) in files where !path.hasPrefix("Experiments/Benchmarks") {
            let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            for line in code {
                for word in words where line.contains(try Regex("\\b\(word)\\b")) {
                    Issue.record("\(path): \(line)")
                }
                // A modulus of so many bits holds plaintexts of one less.
                #expect(!line.contains("publicKey.bits - 1") && !line.contains("keyBits - 1"), "\(path): \(line)")
            }
        }
    }

    /// Parties know no clock but for the seconds of their stages, no socket and no file.
    @Test func partiesAreStateMachines() throws {
        for (path, text) in try Self.sources(below: "PrivateDenoising") {
            for module in ["NIO", "Foundation", "Dispatch", "Glibc"]
            where path != "PrivateDenoising/PrivateDenoisingError.swift" {
                #expect(!text.contains("import \(module)"), "\(path) imports \(module)")
            }
        }
    }

    /// A client is made of an agreement, a key and images: nothing it holds names a network.
    @Test func aClientKnowsNoNetwork() throws {
        let client = try #require(
            Self.sources(below: "PrivateDenoising/Session").first { $0.path.hasSuffix("/Client.swift") })
        #expect(!client.text.contains("IntegerNetwork"))
    }
}
