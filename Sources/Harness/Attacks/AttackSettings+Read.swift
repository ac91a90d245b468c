import Leakage
import PrivateDenoising
import Yams

extension AttackSettings {
    enum Key: String, ConfigurationKey {
        case attack, weights, scheme, masks, clients, methods, patches, size, rows, epochs, permutations, randomness,
            modes, defences, pixels
        case keyBits = "key_bits"
        case maskBits = "mask_bits"
    }

    /// The keys an attack takes.
    private static func keys(of kind: Kind) -> Set<Key> {
        switch kind {
        case .ciphertexts: [.attack, .scheme, .weights, .size, .keyBits, .permutations]
        case .exponents: [.attack, .size, .keyBits]
        case .decoder: [.attack, .scheme, .weights, .masks, .patches, .size, .epochs, .maskBits]
        case .filters: [.attack, .scheme, .weights, .masks, .clients, .methods, .patches, .size, .rows, .maskBits]
        case .network: [.attack, .scheme, .weights, .masks, .methods, .patches, .size, .rows, .maskBits]
        case .operator: [.attack, .scheme, .weights, .patches, .size]
        case .randomness: [.attack, .weights, .randomness, .size, .keyBits]
        case .radix: [.attack, .weights, .modes, .defences, .size, .keyBits]
        case .reaction: [.attack, .weights, .modes, .defences, .pixels, .size, .keyBits]
        }
    }

    /// - Throws: `ConfigurationError` for a key that the attack does not take, and as every strict mapping.
    init(_ mapping: StrictMapping<Key>) throws(ConfigurationError) {
        kind = try mapping.choice(.attack)
        let allowed = Self.keys(of: kind)
        if let other = Key.allCases.first(where: { mapping.contains($0) && !allowed.contains($0) }) {
            let valid = Key.allCases.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")
            throw mapping.refusal(other, "attack \(kind.rawValue) does not take it; expected only \(valid)")
        }
        weights = allowed.contains(.weights) ? try mapping.text(.weights) : nil
        scheme = try mapping.choice(.scheme, default: .paillier)
        guard scheme.runsProtocol else {
            throw mapping.refusal(
                .scheme, "is \(scheme.rawValue); expected paillier or cleartext, which leave a transcript")
        }
        masks = try mapping.choices(.masks, default: [.none])
        clients = try mapping.choices(.clients, default: [.honest])
        methods = try mapping.choices(.methods, default: [.reweighted])
        patches = try mapping.integers(.patches, in: 1...1024, default: [1])
        size = mapping.contains(.size) ? try mapping.integer(.size, in: 11...4096) : nil
        keyBits = try mapping.contains(.keyBits) ? mapping.integers(.keyBits, in: 1024...8192) : []
        maskBits = try mapping.integer(.maskBits, in: MaskOptions.bitsRange, default: MaskOptions().bits)
        rows = try mapping.integer(.rows, in: 64...1 << 22, default: 1 << 18)
        epochs = try mapping.integer(.epochs, in: 1...10_000, default: 40)
        permutations = try mapping.integer(.permutations, in: 20...10_000, default: 200)
        randomness = try mapping.choices(.randomness, default: RandomnessSetting.allCases)
        modes = try mapping.choices(.modes, default: [.clientAided])
        defences = try mapping.choices(.defences, default: Defence.allCases)
        pixels = try mapping.integer(.pixels, in: 1...1024, default: 4)
        if let bits = keyBits.first(where: { !$0.isMultiple(of: 64) }) {
            throw mapping.refusal(.keyBits, "has \(bits); expected multiples of 64")
        }
    }

    /// As it stands in `config.yaml`: every key the attack takes.
    var node: Node {
        func list(_ names: [String]) -> Node { Node(names.map { Node($0) }, .implicit, .flow) }
        func numbers(_ values: [Int]) -> Node { Node(values.map { Node(String($0), Tag(.int)) }, .implicit, .flow) }
        let allowed = Self.keys(of: kind)
        let pairs: [(Key, Node?)] = [
            (.attack, Node(kind.rawValue)), (.weights, weights.map { Node($0, Tag(.str), .doubleQuoted) }),
            (.scheme, Node(scheme.rawValue)), (.masks, list(masks.map(\.rawValue))),
            (.clients, list(clients.map(\.rawValue))), (.methods, list(methods.map(\.rawValue))),
            (.patches, numbers(patches)), (.size, size.map { Node(String($0), Tag(.int)) }),
            (.keyBits, keyBits.isEmpty ? nil : numbers(keyBits)), (.maskBits, Node(String(maskBits), Tag(.int))),
            (.rows, Node(String(rows), Tag(.int))), (.epochs, Node(String(epochs), Tag(.int))),
            (.permutations, Node(String(permutations), Tag(.int))),
            (.randomness, list(randomness.map(\.rawValue))), (.modes, list(modes.map(\.rawValue))),
            (.defences, list(defences.map(\.rawValue))), (.pixels, Node(String(pixels), Tag(.int))),
        ]
        let stated = pairs.compactMap { key, node in
            allowed.contains(key) ? node.map { (Node(key.rawValue), $0) } : nil
        }
        return Node(stated, .implicit, .block)
    }
}
