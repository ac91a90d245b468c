import Foundation

/// What the value of a key may be: for a JSON schema, which editors complete and check files by.
///
/// The reader alone decides what is valid; a form says what can be said of one value without the others.
package indirect enum SettingForm: Sendable {
    case text, flag
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    case list(SettingForm)
    case either(SettingForm, SettingForm)
    case mapping([(name: String, setting: Setting)])
    /// Any names, each with a value or a list of values.
    case values

    package static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> SettingForm {
        .choice(type.allCases.map(\.rawValue))
    }

    /// Any integer from 0 on.
    package static let seed = SettingForm.integer(0...Int.max)
}

/// What there is to say of a key: documents, templates and schemas are made of it, and the reader takes its range from it.
package struct Setting: Sendable {
    package let form: SettingForm
    /// On one line, Markdown.
    package let meaning: String?
    /// What an absent key means; nil where it must be there, or where its meaning says what happens without it.
    package let usual: String?
    /// Whether the mapping is refused without it.
    package let isRequired: Bool

    package init(_ form: SettingForm, _ meaning: String? = nil, usual: String? = nil, isRequired: Bool = false) {
        self.form = form
        self.meaning = meaning
        self.usual = usual
        self.isRequired = isRequired
    }
}

/// Keys that say what they mean and what may follow them.
package protocol SchemaKey: ConfigurationKey {
    var setting: Setting { get }
}

extension SchemaKey {
    package static var mapping: SettingForm { .mapping(allCases.map { ($0.rawValue, $0.setting) }) }
}

extension SettingForm {
    /// Every setting in mappings and their lists, those that hold others before these, by its path: `key.bits`, `cases[].mode`.
    package func settings(below path: String = "") -> [(path: String, setting: Setting)] {
        switch self {
        case .mapping(let members):
            members.flatMap { name, setting in
                [(path + name, setting)] + setting.form.settings(below: path + name + ".")
            }
        case .list(let element): element.settings(below: String(path.dropLast()) + "[].")
        default: []
        }
    }
}

extension SettingForm {
    /// A JSON schema of draft 7, which language servers of YAML read, ending with a newline.
    package func schema(title: String) -> String {
        var root = json
        root["$schema"] = "http://json-schema.org/draft-07/schema#"
        root["title"] = title
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? JSONSerialization.data(withJSONObject: root, options: options)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static var scalar: [String: Any] { ["type": ["string", "number", "boolean"]] }

    private var json: [String: Any] {
        switch self {
        case .text: ["type": "string", "minLength": 1]
        case .flag: ["type": "boolean"]
        case .integer(let range):
            ["type": "integer", "minimum": range.lowerBound].merging(
                range.upperBound == .max ? [:] : ["maximum": range.upperBound]
            ) { $1 }
        case .number(let range): ["type": "number", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .choice(let names): ["enum": names]
        case .list(let element): ["type": "array", "minItems": 1, "items": element.json]
        case .either(let first, let second): ["anyOf": [first.json, second.json]]
        case .mapping(let members): Self.object(members)
        case .values:
            [
                "type": "object",
                "additionalProperties": [
                    "anyOf": [Self.scalar, ["type": "array", "minItems": 1, "items": Self.scalar]]
                ],
            ]
        }
    }

    private static func object(_ members: [(name: String, setting: Setting)]) -> [String: Any] {
        var properties: [String: Any] = [:]
        for (name, setting) in members {
            var own = setting.form.json
            let words = [setting.meaning, setting.usual.map { "Default: \($0)." }].compactMap { $0 }
            if !words.isEmpty { own["description"] = words.joined(separator: ". ").replacing("`", with: "") }
            properties[name] = own
        }
        var object: [String: Any] = ["type": "object", "additionalProperties": false, "properties": properties]
        let required = members.filter(\.setting.isRequired).map(\.name)
        if !required.isEmpty { object["required"] = required }
        return object
    }
}
