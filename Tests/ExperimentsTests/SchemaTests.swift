import Configuration
import Denoising
import Experiments
import Foundation
import Testing

/// The schemas that editors complete files by: what the reader takes they take, and they know every key.
@Suite("Schemas of experiment and training files")
struct SchemaTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Experiments")

    private static func files(_ folder: String, _ isIncluded: (String) -> Bool) throws -> [String] {
        let root = Self.folder.appending(path: folder).path
        return try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasSuffix(".yaml") }
            .filter(isIncluded).sorted().map { "\(root)/\($0)" }
    }

    private static func root(_ schema: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(schema.utf8)) as? [String: Any])
    }

    @Test func committedSchemasAreThoseOfTheProgram() throws {
        for (name, schema) in [
            ("experiment", SettingsTable.schema), ("training", TrainingTemplate.schema),
        ] {
            let path = Self.folder.appending(path: "\(name).schema.json")
            let stored = try? String(contentsOf: path, encoding: .utf8)
            #expect(
                stored == schema,
                "ldct \(name == "training" ? "train" : "run") --print-schema > Experiments/\(name).schema.json")
        }
    }

    @Test func shippedFilesFollowTheirSchema() throws {
        let schema = try Self.root(SettingsTable.schema)
        let experiments = try Self.files("", { !$0.hasPrefix("train-") }) + Self.files("smoke", { _ in true })
        try #require(experiments.count > 20)
        for path in experiments {
            let found = Schema.violations(try ConfigurationFile(path: path).root, schema)
            #expect(found == [], "\(path)")
        }
        let training = try Self.root(TrainingTemplate.schema)
        for path in try Self.files("", { $0.hasPrefix("train-") }) {
            #expect(Schema.violations(try ConfigurationFile(path: path).root, training) == [], "\(path)")
        }
    }

    @Test func templatesAreReadAndFollowTheirSchema() throws {
        let training = try ConfigurationFile(text: TrainingTemplate.text, name: "t.yaml")
        #expect(try TrainingConfiguration(training).settings.epochs == 20)
        #expect(Schema.violations(training.root, try Self.root(TrainingTemplate.schema)) == [])
        let experiment = try ConfigurationFile(text: ExperimentTemplate.text, name: "e.yaml")
        _ = try Experiment(experiment)
        #expect(Schema.violations(experiment.root, try Self.root(SettingsTable.schema)) == [])
    }

    /// What the reader refuses for itself, the schema does.
    @Test(arguments: [
        ("trials: 3", "trails: 3"), ("trials: 3", "trials: three"), ("split: test", "split: tests"),
        ("memory: 4096", "memory: 0"), ("layout: tile", "layout: tiles"), ("insecure: true", "insecure: 1"),
        ("  patches: 8\n", ""), ("masks: [none, positive-uniform]", "masks: [nothing]"),
        ("statistic: median", "statistic: middle"), ("seed: 1\nthreads", "threads"),
    ])
    func mistakesAreFound(text: String, mistake: String) throws {
        let template = ExperimentTemplate.text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("#") }.joined(separator: "\n")
        try #require(template.contains(text), "\(text)")
        let wrong = try ConfigurationFile(
            text: template.replacing(text, with: mistake, maxReplacements: 1), name: "e.yaml")
        #expect(throws: ConfigurationError.self) { try Experiment(wrong) }
        #expect(Schema.violations(wrong.root, try Self.root(SettingsTable.schema)) != [])
    }
}

/// As much of draft 7 as our schemas use.
private enum Schema {
    static func violations(_ node: ConfigurationNode, _ schema: [String: Any], _ path: String = "") -> [String] {
        if let choices = schema["anyOf"] as? [[String: Any]] {
            return choices.contains { violations(node, $0, path).isEmpty } ? [] : ["\(path): none of the choices"]
        }
        switch node {
        case .mapping(let entries, _): return mapping(entries, schema, path)
        case .sequence(let elements, _):
            guard allows("array", schema) else { return ["\(path): a list"] }
            let items = schema["items"] as? [String: Any] ?? [:]
            return elements.enumerated().flatMap { violations($1, items, "\(path)[\($0)]") }
        case .scalar(let text, let kind, _): return scalar(text, "\(kind)", schema, path)
        }
    }

    private static func allows(_ type: String, _ schema: [String: Any]) -> Bool {
        if let one = schema["type"] as? String { return one == type }
        return (schema["type"] as? [String])?.contains(type) ?? (schema["enum"] == nil)
    }

    private static func mapping(
        _ entries: [ConfigurationNode.Entry], _ schema: [String: Any], _ path: String
    ) -> [String] {
        guard allows("object", schema) else { return ["\(path): a mapping"] }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        let missing = (schema["required"] as? [String] ?? []).filter { name in !entries.contains { $0.key == name } }
        return missing.map { "\(path): misses \($0)" }
            + entries.flatMap { entry -> [String] in
                let own = "\(path).\(entry.key)"
                if let property = properties[entry.key] { return violations(entry.value, property, own) }
                if schema["additionalProperties"] as? Bool == false { return ["\(own): unknown"] }
                return violations(entry.value, schema["additionalProperties"] as? [String: Any] ?? [:], own)
            }
    }

    private static func scalar(_ text: String, _ kind: String, _ schema: [String: Any], _ path: String) -> [String] {
        if let names = schema["enum"] as? [String] { return names.contains(text) ? [] : ["\(path): \(text)"] }
        let types = ["text": ["string"], "integer": ["integer", "number"], "number": ["number"], "flag": ["boolean"]]
        guard let own = types[kind], own.contains(where: { allows($0, schema) }) else { return ["\(path): \(text)"] }
        if let number = Double(text), kind != "text" {
            if let least = schema["minimum"] as? Double, number < least { return ["\(path): \(text) is too small"] }
            if let most = schema["maximum"] as? Double, number > most { return ["\(path): \(text) is too large"] }
        }
        return []
    }
}
