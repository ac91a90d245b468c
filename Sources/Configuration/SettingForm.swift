import Foundation

/// What the value of a key may be: for a JSON schema, which editors complete and check files by.
///
/// The reader alone decides what is valid; a form says what can be said of one value without the others.
package indirect enum SettingForm: Sendable {
    case text, flag, anything
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    case list(SettingForm)
    case either(SettingForm, SettingForm)
    case mapping([Member])
    /// Any names, each with a value or a list of values.
    case values

    package struct Member: Sendable {
        package let name: String
        package let form: SettingForm
        package var meaning: String?
        package var usual: String?
        package var isRequired = false

        package init(_ name: String, _ form: SettingForm, isRequired: Bool = false) {
            self.name = name
            self.form = form
            self.isRequired = isRequired
        }
    }

    package static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> SettingForm {
        .choice(type.allCases.map(\.rawValue))
    }

    /// Any integer from 0 on.
    package static let seed = SettingForm.integer(0...Int.max)
}

/// Keys of which an editor can know what may follow them.
package protocol SchemaKey: DocumentedKey {
    var form: SettingForm { get }
    /// Keys without which the mapping is refused.
    static var required: [Self] { get }
}

extension SchemaKey {
    package static var mapping: SettingForm {
        .mapping(
            allCases.map { key in
                var member = SettingForm.Member(
                    key.rawValue, key.form, isRequired: required.contains { $0.rawValue == key.rawValue })
                (member.meaning, member.usual) = (key.meaning, key.usual)
                return member
            })
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
        case .anything: [:]
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

    private static func object(_ members: [Member]) -> [String: Any] {
        var properties: [String: Any] = [:]
        for member in members {
            var own = member.form.json
            let words = [member.meaning, member.usual.map { "Default: \($0)." }].compactMap { $0 }
            if !words.isEmpty { own["description"] = words.joined(separator: ". ").replacing("`", with: "") }
            properties[member.name] = own
        }
        var object: [String: Any] = ["type": "object", "additionalProperties": false, "properties": properties]
        let required = members.filter(\.isRequired).map(\.name)
        if !required.isEmpty { object["required"] = required }
        return object
    }
}
