import Denoising
import Foundation
import Leakage
import Paillier
import PrivateDenoising
import TestSupport
import Testing
import Numerics

/// Transcripts in folders: what is read is what was written, and nothing else is accepted.
@Suite struct TranscriptTests {
    private func recorded(_ mask: MaskVariant = .positiveUniform) throws -> Transcript {
        let network = try Scenes.network(for: mask.mode)
        let images = Scenes.random(2, side: 8)
        return try .recording(
            CleartextScheme.self, agreement: Scenes.agreement(mask, network: network, images: images),
            network: network, key: CleartextScheme.Key(pretendingKeyBits: Scenes.keyBits), images: images, threads: 2)
    }

    /// A transcript makes its folder itself.
    private func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { try body("\($0)/transcript") }
    }

    @Test(arguments: MaskVariant.allCases) func whatIsReadIsWhatWasWritten(mask: MaskVariant) throws {
        let transcript = try recorded(mask)
        try inFolder { folder in
            try transcript.write(to: folder)
            #expect(try Transcript(reading: folder) == transcript)
            #expect(try transcript.messages.count == transcript.agreement.steps.count)
            #expect(mask.mode == .shared || transcript.messages.count == 6)
            #expect(throws: LeakageError.unwritable(folder: folder, reason: "something of that name exists")) {
                try transcript.write(to: folder)
            }
        }
    }

    /// What happens to a folder, and a part of what the refusal has to say.
    static let damages: [(file: String, from: String?, to: String, message: String)] = [
        ("header.json", nil, "", "has no version"),
        ("header.json", "\"version\" : 2", "\"version\" : 1", "version 1, expected 2"),
        ("header.json", "\"inputBits\"", "\"inputBit\"", "lacks a field"),
        ("header.json", "\"round\" : 1", "\"round\" : 0", "message 3 is out of turn"),
        ("header.json", "\"inputBits\" : 12", "\"inputBits\" : 99", "agreement: sizes"),
        ("header.json", "\"bound\"", "\"bounds\"", "lacks a field"),
        ("001-down.ldct", nil, "LDCT", "was changed"),
    ]

    @Test(arguments: damages)
    func damageIsToldInOneLine(file: String, from: String?, to: String, message: String) throws {
        let transcript = try recorded()
        try inFolder { folder in
            try transcript.write(to: folder)
            let path = "\(folder)/\(file)"
            let old = from == nil ? "" : try String(contentsOfFile: path, encoding: .utf8)
            let new = from.map { old.replacing($0.replacing("/", with: "\\/"), with: to) } ?? to
            try new.write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: LeakageError.self) { try Transcript(reading: folder) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(message) && text.hasPrefix(folder) && !text.contains("\n"), "\(text)")
        }
    }

    @Test func aMissingFolderIsToldInOneLine() throws {
        let error = #expect(throws: LeakageError.self) { try Transcript(reading: "/nowhere/at/all") }
        #expect(error.map { "\($0)".contains("no header.json") } == true)
    }

    /// The client's view of ciphertexts is its view of the same run in the clear.
    @Test func aClientSeesThroughItsOwnCiphertexts() throws {
        let network = try Scenes.network(for: .clientAided)
        let images = Scenes.random(2, side: 8)
        let key = try PrivateKey(unsafeBits: 512)
        let encrypted = try Transcript.recording(
            PaillierScheme.self,
            agreement: Scenes.agreement(.none, network: network, images: images, .paillier(keyBits: 512)),
            network: network, key: PaillierScheme.PrivateKey(key), images: images, threads: 2)
        let open = try Transcript.recording(
            CleartextScheme.self,
            agreement: Scenes.agreement(.none, network: network, images: images, .cleartext(plaintextBits: 511)),
            network: network, key: CleartextScheme.Key(plaintextBits: 511), images: images, threads: 2)
        let views = try [
            ClientView(encrypted, key: .paillier(key), threads: 2), ClientView(open, key: .none, threads: 2),
        ]
        #expect(views[0].rounds.count == 3)
        for (mine, other) in zip(views[0].rounds, views[1].rounds) {
            #expect(mine.sent.values.mismatches(with: other.sent.values) == 0)
            #expect(mine.received.values.mismatches(with: other.received.values) == 0)
        }
        let wanted = "the private key of this transcript's client"
        #expect(throws: LeakageError.unsuitable(attack: "of a client", found: "no key", expected: wanted)) {
            try ClientView(encrypted, key: .none, threads: 1)
        }
        let foreign = try PrivateKey(unsafeBits: 512)
        #expect(
            throws: LeakageError.unsuitable(
                attack: "of a client", found: "a key of another client", expected: wanted)
        ) {
            try ClientView(encrypted, key: .paillier(foreign), threads: 1)
        }
    }
}
