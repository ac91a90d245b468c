import Configuration
import Testing

@Suite("Strict YAML configuration")
struct StrictMappingTests {
    enum Key: String, ConfigurationKey {
        case id, seed, rate, insecure, mode, data, sizes, cases
        case maskBits = "mask_bits"
    }
    enum DataKey: String, ConfigurationKey { case file, patches }
    enum Mode: String, CaseIterable {
        case linear
        case clientAided = "client-aided"
    }

    static func root(_ text: String) throws(ConfigurationError) -> StrictMapping<Key> {
        try ConfigurationFile(text: text, name: "test.yaml").mapping(Key.self)
    }

    /// Reads every key of `text` that it states; the first error's text, nil if there is none.
    private func complaint(_ text: String) -> String? {
        do throws(ConfigurationError) {
            let root = try Self.root(text)
            if root.contains(.id) { _ = try root.text(.id) }
            if root.contains(.seed) { _ = try root.integer(.seed, in: 0...10) }
            if root.contains(.rate) { _ = try root.number(.rate, in: 0...1) }
            if root.contains(.insecure) { _ = try root.flag(.insecure) }
            if root.contains(.mode) { _ = try root.choice(.mode, of: Mode.self) }
            if root.contains(.sizes) { _ = try root.integers(.sizes, in: 1...3) }
            if root.contains(.data) { _ = try root.mapping(.data, of: DataKey.self).text(.file) }
            if root.contains(.cases) {
                for inner in try root.mappings(.cases, of: DataKey.self) { _ = try inner.text(.file) }
            }
            _ = try root.integer(.maskBits, in: 1...Int.max, default: 40)
            return nil
        } catch { return error.description }
    }

    @Test func readsEveryType() throws {
        let root = try Self.root(
            """
            id: quickstart
            seed: 7
            rate: 1.5e-3
            insecure: false
            mode: client-aided
            sizes: [1, 2, 3]
            data: {file: Data/head.h5, patches: 4}
            cases:
              - file: a
              - file: b
                patches: 2
            """)
        #expect(try root.text(.id) == "quickstart")
        #expect(try root.integer(.seed, in: 0...10) == 7)
        #expect(try root.number(.rate, in: 0...1) == 1.5e-3)
        #expect(try root.flag(.insecure) == false)
        #expect(try root.choice(.mode, of: Mode.self) == .clientAided)
        #expect(try root.integers(.sizes, in: 1...3) == [1, 2, 3])
        #expect(try root.mapping(.data, of: DataKey.self).integer(.patches, in: 1...9) == 4)
        let cases = try root.mappings(.cases, of: DataKey.self)
        #expect(try cases.map { try $0.text(.file) } == ["a", "b"])
        #expect(cases.map { $0.contains(.patches) } == [false, true])
        #expect(try root.integer(.maskBits, in: 0...99, default: 40) == 40)
        #expect(root.refusal(.seed, "because").description == "test.yaml:2: 'seed' is refused: because")
    }

    /// Every malformed file with the one line that says what, where and what was expected.
    @Test(arguments: [
        ("id: a\nsed: 1", "test.yaml:2: unknown key 'sed'; did you mean 'seed'?"),
        ("mask-bits: 1", "test.yaml:1: unknown key 'mask-bits'; did you mean 'mask_bits'?"),
        (
            "zebra: 1",
            "test.yaml:1: unknown key 'zebra'; expected one of: "
                + "id, seed, rate, insecure, mode, data, sizes, cases, mask_bits"
        ),
        (
            "<<: {id: a}",
            "test.yaml:1: unknown key '<<'; expected one of: "
                + "id, seed, rate, insecure, mode, data, sizes, cases, mask_bits"
        ),
        ("seed: 1\nid: a\nid: b", "test.yaml:2: key given twice: id"),
        ("id: [a\n", "test.yaml:2: not valid YAML: did not find expected ',' or ']'"),
        ("id: a\n---\nid: b", "test.yaml:2: not valid YAML: but found another document"),
        ("- id: a", "test.yaml:1: is a list; expected 'key: value' lines"),
        ("", "test.yaml: the file holds no settings"),
        ("seed: 1\nid:", "test.yaml:2: 'id' is empty; expected text"),
        ("id: 3", "test.yaml:1: 'id' is '3'; expected text"),
        ("id: no", "test.yaml:1: 'id' is 'no'; expected text"),
        ("seed: ten", "test.yaml:1: 'seed' is the text 'ten'; expected an integer from 0 to 10"),
        ("seed: 11", "test.yaml:1: 'seed' is '11'; expected an integer from 0 to 10"),
        ("seed: 010", "test.yaml:1: 'seed' is '010'; expected an integer from 0 to 10"),
        ("seed: 1.0", "test.yaml:1: 'seed' is '1.0'; expected an integer from 0 to 10"),
        ("seed: '1'", "test.yaml:1: 'seed' is the text '1'; expected an integer from 0 to 10"),
        ("mask_bits: 0", "test.yaml:1: 'mask_bits' is '0'; expected an integer of at least 1"),
        ("rate: .nan", "test.yaml:1: 'rate' is '.nan'; expected a number from 0.0 to 1.0"),
        ("rate: 1.5", "test.yaml:1: 'rate' is '1.5'; expected a number from 0.0 to 1.0"),
        ("insecure: yes", "test.yaml:1: 'insecure' is 'yes'; expected true or false"),
        ("mode: clientAided", "test.yaml:1: 'mode' is 'clientAided'; did you mean 'client-aided'?"),
        ("mode: magic", "test.yaml:1: 'mode' is 'magic'; expected one of: linear, client-aided"),
        ("mode:", "test.yaml:1: 'mode' is empty; expected one of: linear, client-aided"),
        ("sizes: 1", "test.yaml:1: 'sizes' is '1'; expected a list of integers from 1 to 3"),
        ("sizes: []", "test.yaml:1: 'sizes' is an empty list; expected a list of integers from 1 to 3"),
        ("sizes:\n  - 1\n  - 9", "test.yaml:3: 'sizes' is '9'; expected a list of integers from 1 to 3"),
        ("data: here", "test.yaml:1: 'data' is the text 'here'; expected a mapping with: file, patches"),
        ("data:\n  patches: 1", "test.yaml:2: missing key 'data.file'"),
        ("data:\n  file: a\n  patchs: 1", "test.yaml:3: unknown key 'data.patchs'; did you mean 'data.patches'?"),
        ("cases:\n  - file: a\n  - patches: 1", "test.yaml:3: missing key 'cases[2].file'"),
        ("cases: {file: a}", "test.yaml:1: 'cases' is a mapping; expected a list of mappings, each starting with '- '"),
    ])
    func namesWhatWhereAndWhatWasExpected(text: String, message: String) {
        #expect(complaint(text) == message)
    }

    @Test func missingFileAndFolderAreNamed() {
        #expect(throws: ConfigurationError.malformed(.init(file: "no/such.yaml"), problem: "no such file")) {
            try ConfigurationFile(path: "no/such.yaml")
        }
        #expect(throws: ConfigurationError.malformed(.init(file: "/"), problem: "is a folder; expected a YAML file")) {
            try ConfigurationFile(path: "/")
        }
    }

    @Test func longAndManyLinedTextStaysOneLine() {
        let message = complaint("seed: |\n" + String(repeating: "  word word word\n", count: 20)) ?? ""
        #expect(message.hasPrefix("test.yaml:") && !message.contains("\n") && message.count < 140)
    }
}
