import Configuration
import Reporting

extension ResultFolder {
    /// Settings in which the stored configuration differs from `experiment`; its title and report do not matter.
    static func changes(from path: String, to experiment: Experiment) throws -> [String] {
        let old = try Experiment(path: path).allSettings()
        let new = try experiment.allSettings()
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : "\(name) was \(old[name] ?? "absent"), is \(new[name] ?? "absent")"
        }
    }

    /// Data and weights in which stored records differ from those of the run.
    static func changes(in records: [ResultRecord], datasets: [Artifact], weights: [Artifact]) -> [String] {
        let data = Set(records.map(\.dataset)).subtracting(datasets)
        let networks = Set(records.compactMap(\.weights)).subtracting(weights)
        let used = datasets.map(\.shortDescription).joined(separator: ", ")
        return data.map { old in
            let new = datasets.first { $0.name == old.name }
            return "data was \(old.shortDescription), is \(new?.shortDescription ?? used)"
        }.sorted()
            + networks.map { old in
                let new = weights.first { $0.name == old.name }
                return "weights were \(old.shortDescription), are \(new?.shortDescription ?? "not used any more")"
            }.sorted()
    }
}

extension Experiment {
    /// Every setting that a result depends on, by its path in the file: `key.bits`, `cases[1].mode`.
    fileprivate func allSettings() throws -> [String: String] {
        var untitled = self
        untitled.title = "-"
        untitled.report = ReportSection()
        return try ConfigurationNode(yaml: try untitled.yaml(), file: "config.yaml").flattened()
    }
}

extension ConfigurationNode {
    /// Every scalar by its path.
    fileprivate func flattened(_ path: String = "") -> [String: String] {
        var result: [String: String] = [:]
        switch self {
        case .scalar(let text, _, _):
            result[path] = text
        case .sequence(let nodes, _):
            for (index, node) in nodes.enumerated() {
                result.merge(node.flattened("\(path)[\(index + 1)]")) { first, _ in first }
            }
        case .mapping(let entries, _):
            for entry in entries {
                result.merge(entry.value.flattened(path.isEmpty ? entry.key : "\(path).\(entry.key)")) { first, _ in
                    first
                }
            }
        }
        return result
    }
}
