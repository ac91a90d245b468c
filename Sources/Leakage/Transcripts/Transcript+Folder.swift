import Denoising
import Foundation
package import PrivateDenoising
import Support

/// A transcript folder: `header.json`, and one file a message, `000-up.ldct`, as `Message` lays it out.
extension Transcript {
    private static let headerFile = "header.json"
    package static let version = 2

    private struct Header: Codable {
        let version: Int
        let agreement: Agreement
        let key: String
        let messages: [Entry]
        let finishSeconds: Double
    }

    private static func file(_ index: Int, _ entry: Entry) -> String {
        String(format: "%03d", index) + "-\(entry.direction == .up ? "up" : "down").ldct"
    }

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
            for (index, message) in messages.enumerated() {
                let file = Self.file(index, entries[index])
                try Data(message.bytes).write(to: URL(fileURLWithPath: "\(temporary)/\(file)"))
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let header = Header(
                version: Self.version, agreement: agreement, key: key, messages: entries,
                finishSeconds: finishSeconds)
            try encoder.encode(header).write(to: URL(fileURLWithPath: "\(temporary)/\(Self.headerFile)"))
            try files.moveItem(atPath: temporary, toPath: folder)
        } catch {
            try? files.removeItem(atPath: temporary)
            throw .unwritable(folder: folder, reason: "expected a writable place with room for \(size >> 20) MiB")
        }
    }

    private var size: Int { messages.reduce(0) { $0 + $1.count } }

    /// Reads a folder and checks version, checksums, order and sizes of all messages.
    /// - Throws: `LeakageError.transcript` with the first thing that is wrong.
    package init(reading folder: String) throws(LeakageError) {
        func refusal(_ problem: String) -> LeakageError { .transcript(folder: folder, problem: problem) }
        let data: Data
        do {
            data = try InputFile.contents("\(folder)/\(Self.headerFile)", expected: "the header", limit: 1 << 28)
        } catch {
            throw refusal(
                "no \(Self.headerFile) (\(error.reason)); expected a folder that 'ldct run --transcripts' wrote")
        }
        struct Version: Decodable { let version: Int }
        guard let version = (try? JSONDecoder().decode(Version.self, from: data))?.version else {
            throw refusal("\(Self.headerFile) has no version")
        }
        guard version == Self.version else { throw refusal("version \(version), expected \(Self.version)") }
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: data)
        } catch let error as PrivateDenoisingError {
            throw refusal("\(error)")
        } catch let error as DenoisingError {
            throw refusal("\(error)")
        } catch {
            throw refusal("\(Self.headerFile) lacks a field or has one of another type")
        }
        let agreed: [Step]
        do { agreed = try header.agreement.steps } catch { throw refusal("\(error)") }
        guard !header.messages.isEmpty else { throw refusal("no messages") }
        var messages: [Message] = []
        for (index, entry) in header.messages.enumerated() {
            // Sizes and order follow from the agreement; a run may have been recorded in part.
            guard agreed.isEmpty || agreed.indices.contains(index) && entry.matches(agreed[index]) else {
                throw refusal("message \(index + 1) is out of turn")
            }
            let file = Self.file(index, entry)
            let bytes: Data
            do {
                bytes = try InputFile.contents("\(folder)/\(file)", expected: "a message", limit: 1 << 32)
            } catch {
                throw refusal("\(file) is missing or cannot be read (\(error.reason))")
            }
            let message = Message(bytes: Array(bytes))
            guard message.hash == entry.hash else {
                throw refusal("\(file) was changed; expected SHA-256 \(entry.hash.prefix(8))...")
            }
            do {
                _ = try message.body(direction: entry.direction, kind: entry.kind, step: index)
            } catch {
                throw refusal("\(file): \(error)")
            }
            messages.append(message)
        }
        self.init(
            agreement: header.agreement, key: header.key, entries: header.messages,
            finishSeconds: header.finishSeconds, messages: messages)
    }
}

extension Transcript.Entry {
    fileprivate func matches(_ step: Step) -> Bool {
        direction == step.direction && kind == step.kind && round == step.round && bytes == step.messageBytes
            && ciphertexts == step.ciphertexts
    }
}
