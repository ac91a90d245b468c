import Foundation
import Testing

/// `ldct attack` on transcripts whose headers say what cannot be: the 75 that once ended it with a trap.
@Suite struct DamagedTranscriptTests {
    struct Damage: Sendable {
        let attack: String
        let field: String
        let value: Int
    }

    private static let fields: [(attack: String, field: String, values: [Int])] = [
        ("ciphertexts", "input_height", [-1, 1_048_576]), ("ciphertexts", "input_width", [-1, 1_048_576]),
        ("ciphertexts", "paper_input_height", [-1, 1_048_576]), ("ciphertexts", "paper_input_width", [-1, 1_048_576]),
        ("exponents", "paper_input_height", [-1, 0, 1 << 62]),
        ("exponents", "paper_input_width", [-1, 1_048_576, 1 << 62]),
        ("filters", "images", [.max]), ("filters", "layer_inputChannels", [-1, 0, 1 << 31, 1 << 62, .max]),
        ("filters", "layer_kernelHeight", [.min, 1 << 31, 1 << 62, .max]),
        ("filters", "layer_kernelWidth", [.min, 1 << 31, 1 << 62, .max]),
        ("filters", "layer_outputChannels", [.min, 1 << 31, 1 << 62, .max]), ("filters", "mask_bits", [0, 1 << 62]),
        ("filters", "input_channels", [-1, .min, .max]), ("filters", "input_count", [-1, 0, 1 << 31, 1 << 62, .max]),
        ("filters", "input_height", [.min, 1 << 62]), ("filters", "input_width", [-1, .min, .max]),
        ("filters", "output_channels", [.min, .max]), ("filters", "output_count", [-1, 0, 1 << 31, 1 << 62, .max]),
        ("filters", "output_height", [1 << 62, .max]), ("filters", "output_width", [1 << 62, .max]),
        ("filters", "slotBits", [3_037_000_500, 1 << 62]), ("filters", "slots", [1 << 62, .max]),
        ("network", "output_height", [1 << 62]), ("network", "output_width", [1 << 62]),
        ("operator", "output_height", [1 << 62]), ("operator", "output_width", [1 << 62]),
        ("radix", "output_channels", [1 << 62]), ("radix", "output_height", [-1, 1 << 62]),
        ("radix", "output_width", [-1, 1 << 62]), ("randomness", "output_channels", [-1]),
        ("randomness", "output_height", [-1, 1 << 62]), ("randomness", "output_width", [1 << 62]),
    ]

    static let damages: [Damage] = fields.flatMap { entry in
        entry.values.map { Damage(attack: entry.attack, field: entry.field, value: $0) }
    }

    /// Where a field stands in a header of today's format.
    private static func path(_ field: String) -> [Any] {
        let name = field.split(separator: "_").last.map(String.init) ?? ""
        if field.contains("input_") { return ["agreement", "images", name] }
        if field.contains("output_") { return ["agreement", "layers", 0, "output", name] }
        if field.hasPrefix("layer_") { return ["agreement", "layers", 0, "architecture", name] }
        return switch field {
        case "images": ["agreement", "images", "count"]
        case "mask_bits": ["agreement", "mask", "bits"]
        case "slotBits": ["agreement", "layers", 0, "bits"]
        default: ["agreement", "bandRows"]
        }
    }

    private static func setting(_ path: ArraySlice<Any>, of value: Any?, to number: Int) -> Any {
        guard let first = path.first else { return number }
        if let index = first as? Int {
            var list = value as? [Any] ?? []
            if list.isEmpty { list = [[String: Any]()] }
            list[index] = setting(path.dropFirst(), of: list[index], to: number)
            return list
        }
        var object = value as? [String: Any] ?? ["distribution": "log-uniform", "isShared": false]
        let key = first as? String ?? ""
        object[key] = setting(path.dropFirst(), of: object[key], to: number)
        return object
    }

    @Test func allOfThemEndInALine() throws {
        #expect(Self.damages.count == 75)
        try Program.withFolder { program in
            try program.writeInputs(AttackCommandTests.experiment)
            try program.succeed("run e.yaml --transcripts t --quiet")
            for damage in Self.damages {
                let isPaper = damage.field.hasPrefix("paper_")
                let folder = isPaper ? AttackCommandTests.server : AttackCommandTests.client
                let url = program.folder.appending(path: "\(folder)/header.json")
                let original = try Data(contentsOf: url)
                let header = try JSONSerialization.jsonObject(with: original)
                let changed = Self.setting(Self.path(damage.field)[...], of: header, to: damage.value)
                try JSONSerialization.data(withJSONObject: changed).write(to: url)
                let key =
                    isPaper || damage.attack == "ciphertexts" ? "" : " --key \(AttackCommandTests.client).key.json"
                let result = try program.runLimited("attack \(damage.attack) --transcript \(folder)\(key) --insecure")
                let name = "\(damage.attack) \(damage.field) = \(damage.value)"
                #expect([0, 1, 2].contains(result.status), "\(name): status \(result.status)")
                #expect(result.status == 0 || result.errors.count { $0 == "\n" } == 1, "\(name): \(result.errors)")
                #expect(!result.errors.contains("version"), "\(name): \(result.errors)")
                try original.write(to: url)
            }
        }
    }
}
