package import Configuration

/// The two kinds of YAML file that commands take, which look alike.
package enum FileKind: Sendable {
    case experiment, training
}

extension ConfigurationFile {
    /// Refuses a file of the other kind before its keys are looked at, which would be told one by one.
    /// - Throws: `ConfigurationError.refused` with the command it is for.
    package func require(_ kind: FileKind) throws(ConfigurationError) {
        let (training, experiment) = (["training"], ["cases", "attacks"])
        let (own, others) = kind == .training ? (training, experiment) : (experiment, training)
        func isThere(_ key: String) -> Bool { root[key] != nil }
        guard let key = others.first(where: isThere), !own.contains(where: isThere) else { return }
        throw .refused(
            .init(file: name, line: root[key]?.line), key: key,
            reason: kind == .training
                ? "this is an experiment; expected a training configuration (ldct run \(name))"
                : "this is a training configuration; expected an experiment (ldct train \(name))")
    }
}
