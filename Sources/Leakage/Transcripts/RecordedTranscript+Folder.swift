import Foundation
import PrivateDenoising

/// A transcript folder: `header.json`, and one file a message, `000-up.ldct`, as `Message` lays it out.
extension RecordedTranscript {
    private static let headerFile = "header.json"

    /// Writes a folder that must not exist yet; nothing is left if that fails.
    /// - Throws: `LeakageError.unwritable`.
    package func write(to folder: String) throws(LeakageError) {
        let files = FileManager.default
        guard !files.fileExists(atPath: folder) else {
            throw .unwritable(folder: folder, reason: "something of that name exists")
        }
        let temporary = "\(folder).\(ProcessInfo.processInfo.processIdentifier).tmp"
        do {
            try files.createDirectory(atPath: temporary, withIntermediateDirectories: true)
            for (sent, message) in zip(header.messages, messages) {
                try Data(message.bytes).write(to: URL(fileURLWithPath: "\(temporary)/\(sent.file)"))
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(header).write(to: URL(fileURLWithPath: "\(temporary)/\(Self.headerFile)"))
            try files.moveItem(atPath: temporary, toPath: folder)
        } catch {
            try? files.removeItem(atPath: temporary)
            throw .unwritable(folder: folder, reason: "expected a writable place with room for \(size >> 20) MiB")
        }
    }

    private var size: Int { messages.reduce(0) { $0 + $1.bytes.count } }

    /// Reads a folder and checks version, checksums, order and sizes of all messages.
    /// - Throws: `LeakageError.transcript` with the first thing that is wrong.
    package init(reading folder: String) throws(LeakageError) {
        func refusal(_ problem: String) -> LeakageError { .transcript(folder: folder, problem: problem) }
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(Self.headerFile)") else {
            throw refusal("no \(Self.headerFile); expected a folder that 'ldct run --transcripts' wrote")
        }
        struct Version: Decodable { let version: Int }
        guard let version = (try? JSONDecoder().decode(Version.self, from: data))?.version else {
            throw refusal("\(Self.headerFile) has no version")
        }
        guard version == TranscriptHeader.version else {
            throw refusal("version \(version), expected \(TranscriptHeader.version)")
        }
        guard let header = try? JSONDecoder().decode(TranscriptHeader.self, from: data) else {
            throw refusal("\(Self.headerFile) lacks a field or has one of another type")
        }
        if let problem = header.problem { throw refusal(problem) }
        var messages: [Message] = []
        for sent in header.messages {
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(sent.file)") else {
                throw refusal("\(sent.file) is missing")
            }
            let message = Message(bytes: Array(bytes))
            guard Self.digest(message) == sent.sha256 else {
                throw refusal("\(sent.file) was changed; expected SHA-256 \(sent.sha256.prefix(8))...")
            }
            do {
                _ = try message.body(direction: sent.direction, round: sent.round, ciphertexts: sent.ciphertexts)
            } catch {
                throw refusal("\(sent.file): \(error)")
            }
            messages.append(message)
        }
        self.init(header: header, messages: messages)
    }
}

extension TranscriptHeader {
    /// What keeps the header from describing a run, or nil.
    fileprivate var problem: String? {
        guard !rounds.isEmpty, !messages.isEmpty else { return "no rounds or no messages" }
        guard rounds.allSatisfy({ !$0.layers.isEmpty && $0.slots > 0 && $0.slotBits > 0 && $0.images > 0 }) else {
            return "a round without layers, slots or images"
        }
        // In turns, starting with the client; a run may have been recorded in part.
        for (index, sent) in messages.enumerated() {
            guard sent.round == index / 2, sent.direction == (index % 2 == 0 ? .up : .down), sent.round < rounds.count,
                sent.ciphertexts > 0, !sent.file.contains("/"), !sent.file.hasPrefix(".")
            else { return "message \(index + 1) is out of turn" }
        }
        return nil
    }
}
