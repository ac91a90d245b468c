import Denoising
import Foundation
import Leakage
import Numerics
import Paillier
import PrivateDenoising
import TestSupport
import Testing

/// Transcripts are a stranger's: whatever their numbers and bytes say, reading one is a transcript or an error of one line, and so is
/// what an attacker makes of it.
///
/// `LDCT_MUTATIONS` sets the number of mutated headers and messages (default 1000).
@Suite(.serialized) struct TranscriptBoundsTests {
    static let mutations = ProcessInfo.processInfo.environment["LDCT_MUTATIONS"].flatMap { Int($0) } ?? 1000
    static let firstSeed = ProcessInfo.processInfo.environment["LDCT_MUTATION_SEED"].flatMap { Int($0) } ?? 1

    /// A transcript makes its folder itself.
    private func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { try body("\($0)/transcript") }
    }

    private func record(_ mask: MaskVariant, to folder: String) throws {
        let network = try Scenes.network(channels: 2, for: mask.mode)
        let images = Scenes.random(2, side: 8)
        try Transcript.recording(
            CleartextScheme.self, agreement: Scenes.agreement(mask, network: network, images: images),
            network: network, key: CleartextScheme.Key(pretendingKeyBits: Scenes.keyBits), images: images, threads: 1
        ).write(to: folder)
    }

    /// Reads a folder and looks at it as both attackers do.
    /// - Returns: whether it was refused.
    @discardableResult private func look(at folder: String, _ comment: String) -> Bool {
        do {
            let transcript = try Transcript(reading: folder)
            _ = try? ServerView(transcript)
            let view = try ClientView(transcript, key: .none, threads: 1)
            _ = MaskKnowledge(view.agreement)
            _ = view.finalImages
            return false
        } catch {
            let text = "\(error)"
            if text.contains("\n") || text.isEmpty { Issue.record("\(comment): \(text)") }
            return true
        }
    }

    static let odd = [
        "-1", "0", "1048576", "2147483648", "3037000500", "4611686018427387904", "9223372036854775807",
        "-9223372036854775808",
        "1e308", "0.5", "null",
    ]

    /// Every number of the header, one at a time, at the edges of its type.
    @Test(arguments: [MaskVariant.none, .positiveUniform]) func everyNumberOfTheHeader(mask: MaskVariant) throws {
        try inFolder { folder in
            try record(mask, to: folder)
            let path = "\(folder)/header.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let numbers = text.matches(of: #/[:\[,]\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?=\s*[,\]}])/#).map {
                $0.output.1.startIndex..<$0.output.1.endIndex
            }
            try #require(numbers.count > 30)
            var refused = 0
            for range in numbers {
                for value in Self.odd {
                    try text.replacingCharacters(in: range, with: value).write(
                        toFile: path, atomically: false, encoding: .utf8)
                    if look(
                        at: folder,
                        "\(text[range]) -> \(value) at \(text.distance(from: text.startIndex, to: range.lowerBound))")
                    {
                        refused += 1
                    }
                }
            }
            #expect(refused > numbers.count * Self.odd.count / 2)
        }
    }

    @Test func mutatedHeadersAndMessages() throws {
        try inFolder { folder in
            try record(.none, to: folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let originals = try names.map { try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")) }
            var refused = 0
            for seed in Self.firstSeed..<Self.firstSeed + Self.mutations {
                var generator = SeededGenerator(seed: UInt64(seed))
                // Half of them in the header, where most that matters is.
                let header = names.count - 1
                let index = Bool.random(using: &generator) ? header : Int.random(in: 0..<names.count, using: &generator)
                var bytes = originals[index]
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                if Int.random(in: 0..<20, using: &generator) == 0 { bytes = bytes.prefix(bytes.count / 2) }
                let url = URL(fileURLWithPath: "\(folder)/\(names[index])")
                try bytes.write(to: url)
                if look(at: folder, "seed \(seed)") { refused += 1 }
                try originals[index].write(to: url)
            }
            print("transcripts: \(Self.mutations) mutants from seed \(Self.firstSeed), \(refused) refused")
            #expect(refused > Self.mutations / 2)
            #expect(!look(at: folder, "as it was"))
        }
    }

    /// Messages under the hash that belongs to them: shorter, longer, of other bytes.
    @Test func mutatedMessages() throws {
        let network = try Scenes.network(channels: 2, for: .clientAided)
        let images = Scenes.random(2, side: 8)
        let agreement = try Scenes.agreement(.none, network: network, images: images)
        let transcript = try Transcript.recording(
            CleartextScheme.self, agreement: agreement, network: network,
            key: CleartextScheme.Key(pretendingKeyBits: Scenes.keyBits), images: images, threads: 1)
        let steps = try agreement.steps
        var refused = 0
        for seed in Self.firstSeed..<Self.firstSeed + Self.mutations {
            var generator = SeededGenerator(seed: UInt64(seed), stream: 5)
            let index = Int.random(in: 0..<transcript.messages.count, using: &generator)
            var bytes = transcript.messages[index].bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Bool.random(using: &generator) ? bytes.count : min(16, bytes.count)
                bytes[Int.random(in: 0..<place, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            case 1: bytes += [UInt8](repeating: 0, count: 8)
            default: break
            }
            do {
                _ = try Message(bytes: bytes).body(of: steps[index])
            } catch {
                refused += 1
                if "\(error)".contains("\n") { Issue.record("seed \(seed): \(error)") }
            }
        }
        print("messages: \(Self.mutations) mutants from seed \(Self.firstSeed), \(refused) refused")
        #expect(refused > 0)
    }
}
