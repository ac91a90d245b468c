import Configuration

/// Makes files of which the first occurrence of every key is explained.
enum ExplainedFile {
    /// - Parameter settings: What is explained, by path.
    static func text(
        _ introduction: [String], _ example: String, _ settings: [(path: String, setting: Setting)]
    ) -> String {
        let meanings = Dictionary(uniqueKeysWithValues: settings.map { ($0, comment($1)) })
        var explained: Set<String> = []
        var section = ""
        let lines = example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return
            (introduction
            + lines.flatMap { line -> [String] in
                let indent = String(line.prefix { $0 == " " })
                let words = line.dropFirst(indent.count)
                let name = String(words.replacing("- ", with: "", maxReplacements: 1).prefix { $0 != ":" })
                if indent.isEmpty, !line.isEmpty { section = name }
                let paths = indent.isEmpty ? [name] : ["\(section).\(name)", "\(section)[].\(name)"]
                guard let comment = paths.compactMap({ meanings[$0] }).first, explained.insert(paths[0]).inserted else {
                    return [line]
                }
                // The comment of a list's element stands above it.
                return wrapped(comment, indent: indent) + [line]
            }).joined(separator: "\n")
    }

    /// "side of every kernel (default: 5)".
    private static func comment(_ setting: Setting) -> String {
        ((setting.meaning ?? "") + (setting.usual.map { " (default: \($0))" } ?? "")).replacing("`", with: "")
    }

    private static func wrapped(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = indent + "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 116 {
                lines.append(line)
                line = indent + "#"
            }
            line += " \(word)"
        }
        return lines + [line]
    }
}

/// An experiment file with its settings explained: what `ldct run --print-template` prints.
package enum ExperimentTemplate {
    package static var text: String {
        ExplainedFile.text(introduction, example, SettingsTable.rows)
    }

    private static let introduction = [
        "# yaml-language-server: $schema=experiment.schema.json",
        "# An experiment: what is measured. Paths are relative to the folder ldct is called in.",
        "# A key that is not known is an error. Keys with a default may be left out.", "",
    ]

    private static let example = """
        id: mine
        title: "What does one more bit of precision cost at each key size?"

        data:
          file: Data/head.h5
          photons: 20000
          split: test
          patches: 8

        key:
          bits: 3072
          randomness: djn
          insecure: true

        precision:
          weights: 10
          activations: 12

        seed: 1
        threads: 0
        memory: 4096
        trials: 3
        warm_up: 1
        predict: false

        cases:
          - mode: client-aided
            scheme: paillier
            layout: batch
            permutation: none
            weights: Experiments/weights/3-relu.h5
            precision: {weights: 12, activations: 12}

          - mode: positive-mask
            weights: Experiments/weights/3-relu.h5
            crop: {size: 16, count: 2}
            mask_bits: 40
            mask_distribution: uniform
            mask_shared: false

          - mode: client-aided
            layout: tile
            network: {depth: 3, channels: 8, kernel: 5, relu: all, decoder: same, seed: 1}

        attacks:
          - attack: filters
            weights: Experiments/weights/3-relu.h5
            scheme: cleartext
            masks: [none, positive-uniform]
            clients: [honest]
            methods: [elimination, divisors]
            patches: [1]
            size: 64
            rows: 4096
            mask_bits: 40

        sweep:
          key.bits: [1024, 3072]
          cases[2].mask_bits: [20, 40]

        report:
          tables:
            - name: cost
              caption: "Seconds and bytes, by key size."
              where: {method: encrypted}
              rows: [mode, layout, network, key_bits, mask_bits]
              columns:
                - {metric: seconds.total, digits: 2, statistic: median}
                - {metric: bytes.up, unit: MB, digits: 2}

        """
}
