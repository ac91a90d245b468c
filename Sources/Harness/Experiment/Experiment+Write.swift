import Imaging
import Paillier
import PrivateDenoising
import Yams

extension Experiment {
    /// The resolved experiment as a YAML file: every default spelled out. Reading it back gives an equal value.
    package func yaml() throws(ConfigurationError) -> String {
        do {
            return try Yams.serialize(node: node)
        } catch {
            throw .malformed(.init(file: "\(id).yaml"), problem: "cannot be written as YAML")
        }
    }

    private var node: Node {
        var pairs = settings
        if !cases.isEmpty { pairs.append(("cases", Node(cases.map(Self.node), .implicit, .block))) }
        if !attacks.isEmpty { pairs.append(("attacks", Node(attacks.map(\.node), .implicit, .block))) }
        if let report = report.node { pairs.append(("report", report.yaml)) }
        return Self.mapping(pairs)
    }

    private var settings: [(String, Node)] {
        [
            ("id", Self.text(id)),
            ("title", Self.text(title)),
            (
                "data",
                Self.mapping([
                    ("file", Self.text(data.file)), ("split", Node(data.split.rawValue)),
                    ("patches", Self.number(data.patches)),
                ])
            ),
            (
                "key",
                Self.mapping([
                    ("bits", Self.number(key.bits)), ("randomness", Node(key.randomness.rawValue)),
                    ("insecure", Node(String(key.insecure), Tag(.bool))),
                ])
            ),
            (
                "precision",
                Self.mapping([
                    ("weights", Self.number(precision.weights)), ("activations", Self.number(precision.activations)),
                ])
            ),
            ("seed", Self.number(seed)), ("threads", Self.number(threads)),
            ("memory", Self.number(memory)), ("trials", Self.number(trials)),
        ]
    }

    private static func node(_ item: Case) -> Node {
        var pairs = [
            ("mode", Node(item.mode.rawValue)), ("scheme", Node(item.scheme.rawValue)),
            ("layout", Node(item.layout.rawValue)), ("weights", text(item.weights)),
        ]
        if let crop = item.crop {
            pairs.append(("crop", mapping([("size", number(crop.size)), ("count", number(crop.count))])))
        }
        if let maskBits = item.maskBits { pairs.append(("mask_bits", number(maskBits))) }
        return mapping(pairs)
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (Node($0.0), $0.1) }, .implicit, .block)
    }

    private static func number(_ value: Int) -> Node { Node(String(value), Tag(.int)) }

    /// Free text, always quoted, so that `no` or `12` stays text.
    private static func text(_ value: String) -> Node { Node(value, Tag(.str), .doubleQuoted) }
}
