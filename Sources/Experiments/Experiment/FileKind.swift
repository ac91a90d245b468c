package import Configuration

/// The two kinds of YAML file that commands take, which look alike.
package enum FileKind: Sendable {
    case experiment, training
}

extension ConfigurationFile {
    /// Refuses a file of the other kind before its keys are looked at, which would be told one by one.
    /// - Throws: `ConfigurationError.refused` with the command it is for.
    package func require(_ kind: FileKind) throws(ConfigurationError) {
        let measures = root["cases"] != nil || root["attacks"] != nil
        switch (kind, root["training"], measures) {
        case (.experiment, let node?, false):
            throw .refused(
                .init(file: name, line: node.line), key: "training",
                reason: "this is a training configuration; expected an experiment (ldct train \(name))")
        case (.training, nil, true):
            let node = root["cases"] ?? root["attacks"]
            throw .refused(
                .init(file: name, line: node?.line), key: root["cases"] == nil ? "attacks" : "cases",
                reason: "this is an experiment; expected a training configuration (ldct run \(name))")
        default: break
        }
    }
}
