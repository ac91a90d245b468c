import Denoising
import Imaging
import Paillier
import PrivateDenoising
import Reporting
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
        if let report = report.node { pairs.append(("report", report.yaml)) }
        return Self.mapping(pairs)
    }

    private var settings: [(String, Node)] {
        [
            ("id", Self.text(id)),
            ("title", Self.text(title)),
            ("data", Self.node(data)),
            (
                "key",
                Self.mapping([
                    ("bits", Self.number(key.bits)), ("randomness", Node(key.randomness.rawValue)),
                    ("insecure", Node(String(key.insecure), Tag(.bool))),
                ])
            ),
            ("precision", Self.node(precision)),
            ("seed", Self.number(seed)), ("threads", Self.number(threads)),
            ("memory", Self.number(memory)), ("trials", Self.number(trials)),
            ("warm_up", Self.number(warmUp)),
        ] + (cases.isEmpty ? [] : [("cases", Node(cases.map(Self.node), .implicit, .block))])
            + (attacks.isEmpty ? [] : [("attacks", Node(attacks.map(\.node), .implicit, .block))])
            + (sweep.isEmpty ? [] : [("sweep", Self.mapping(sweep.map(Self.pair)))])
    }

    private static func node(_ data: DataSelection) -> Node {
        mapping(
            [("file", text(data.file))] + (data.photons.map { [("photons", number($0))] } ?? [])
                + [("split", Node(data.split.rawValue)), ("patches", number(data.patches))])
    }

    private static func node(_ precision: Precision) -> Node {
        mapping([("weights", number(precision.weights)), ("activations", number(precision.activations))])
    }

    private static func pair(_ sweep: Sweep) -> (String, Node) {
        let values = sweep.values.map { value in
            if case .text(let string) = value { text(string) } else { Node(value.description) }
        }
        return (sweep.path, Node(values, .implicit, .flow))
    }

    private static func node(_ item: Case) -> Node {
        var pairs = [
            ("mode", Node(item.mode.rawValue)), ("scheme", Node(item.scheme.rawValue)),
            ("layout", Node(item.layout.rawValue)), node(item.network),
        ]
        if let precision = item.precision { pairs.append(("precision", node(precision))) }
        if let crop = item.crop {
            pairs.append(("crop", mapping([("size", number(crop.size)), ("count", number(crop.count))])))
        }
        if let maskBits = item.maskBits { pairs.append(("mask_bits", number(maskBits))) }
        return mapping(pairs)
    }

    private static func node(_ network: NetworkSource) -> (String, Node) {
        switch network {
        case .weights(let file): return ("weights", text(file))
        case .random(let random):
            let pairs = [
                ("depth", number(random.depth)), ("channels", number(random.channels)),
                ("kernel", number(random.kernel)), ("relu", Node(random.relu.rawValue)),
                ("decoder", Node(random.decoder.rawValue)), ("seed", number(Int(random.seed))),
            ]
            return ("network", mapping(pairs))
        }
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (Node($0.0), $0.1) }, .implicit, .block)
    }

    private static func number(_ value: Int) -> Node { Node(String(value), Tag(.int)) }

    /// Free text, always quoted, so that `no` or `12` stays text.
    private static func text(_ value: String) -> Node { Node(value, Tag(.str), .doubleQuoted) }
}
