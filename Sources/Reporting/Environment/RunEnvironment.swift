import Foundation
package import Support

/// The machine and the software a run was made with: `environment.json`.
///
/// It names no user, host or folder.
package struct RunEnvironment: Codable, Equatable, Sendable {
    package var schema = 1
    /// Model name of the processor.
    package var processor: String
    /// Logical processors the run could use.
    package var cores: Int
    package var memoryBytes: UInt64
    /// Operating system and architecture.
    package var system: String
    package var swift: String
    /// Path of the modular arithmetic: `ifma`, `portable` or `gmp`.
    package var kernel: String
    /// Commit of the source, with `+` if files had been changed; nil outside a clone.
    package var commit: String?
    /// Of the program; nil in results of before it had one.
    package var version: String?
    /// Versions of linked libraries by name.
    package var libraries: [String: String]
    /// When the run began, `2026-11-25`, UTC; nil in results of before that was kept.
    package var date: String?

    /// The other machines of a run in shards.
    package private(set) var others: [RunEnvironment] = []

    package init(
        processor: String, cores: Int, memoryBytes: UInt64, system: String, swift: String, kernel: String,
        commit: String?, libraries: [String: String], date: String? = nil, version: String? = nil
    ) {
        self.processor = processor
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.system = system
        self.swift = swift
        self.kernel = kernel
        self.commit = commit
        self.libraries = libraries
        self.date = date
        self.version = version
    }

    enum CodingKeys: String, CodingKey {
        case schema, processor, cores, system, swift, kernel, commit, libraries, date, version
        case memoryBytes = "memory_bytes"
    }

    /// What its times can be compared by: machines of one kind are as good as one.
    package var machineKind: String { "\(processor), \(cores) \(cores == 1 ? "core" : "cores"), \(kernel) kernel" }

    var librariesInWords: String {
        libraries.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
    }

    /// The machines of a run in shards, those of one kind named once.
    /// - Precondition: at least one.
    package init(joining environments: [RunEnvironment]) {
        var kinds: [RunEnvironment] = []
        for environment in environments.flatMap({ [$0] + $0.others })
        where !kinds.contains(where: { $0.machineKind == environment.machineKind }) {
            var alone = environment
            alone.others = []
            kinds.append(alone)
        }
        self = kinds[0]
        others = Array(kinds.dropFirst())
    }

    /// The machines in a few words, for captions.
    package var machine: String { ([self] + others).map(\.description).joined(separator: "; ") }

    private var description: String {
        let gibibytes = (Double(memoryBytes) / 1_073_741_824).rounded()
        return
            "\(processor), \(cores) \(cores == 1 ? "core" : "cores"), \(Int(gibibytes)) GiB, \(system), \(kernel) kernel"
    }

    /// Which program made the results, and when: "ldct 0.2.0, commit 0123456789ab, 2026-11-25".
    package var made: String {
        let commit =
            commit.map { commit in
                commit.hasSuffix("+") ? "commit \(commit.dropLast()) with uncommitted changes" : "commit \(commit)"
            } ?? "commit unknown"
        // Results of before there was a version begin their sentence with the commit.
        let source = version.map { "ldct \($0), \(commit)" } ?? "C\(commit.dropFirst())"
        return [source, date].compactMap { $0 }.joined(separator: ", ")
    }

    /// Names of the fields that make timings incomparable, if they differ from `other`.
    package func differences(from other: RunEnvironment) -> [String] {
        guard !others.contains(where: { $0.machineKind == other.machineKind }) else { return [] }
        var names: [String] = []
        if processor != other.processor { names.append("processor") }
        if cores != other.cores { names.append("cores") }
        if kernel != other.kernel { names.append("kernel") }
        return names
    }

    /// One line per field that differs: `commit: 0123456789ab | ba9876543210`.
    package func described(against other: RunEnvironment) -> [String] {
        func fields(_ environment: RunEnvironment) -> [(String, String)] {
            [
                ("processor", environment.processor), ("cores", "\(environment.cores)"),
                ("memory", "\(environment.memoryBytes) B"), ("system", environment.system),
                ("Swift", environment.swift), ("kernel", environment.kernel),
                ("version", environment.version ?? "unknown"), ("commit", environment.commit ?? "unknown"),
                ("libraries", environment.librariesInWords),
            ]
        }
        return zip(fields(self), fields(other)).filter { $0.1 != $1.1 }.map { "\($0.0): \($0.1) | \($1.1)" }
    }
}

extension RunEnvironment {
    package func write(to path: String) throws(FileError) {
        try others.isEmpty ? JSON.write(self, to: path) : JSON.write([self] + others, to: path)
    }

    package init(path: String) throws(ReportingError) {
        let data = try ResultFile.contents(path)
        do {
            let all = try? JSONDecoder().decode([RunEnvironment].self, from: data)
            if let all, !all.isEmpty {
                self.init(joining: all)
            } else {
                self = try JSONDecoder().decode(RunEnvironment.self, from: data)
            }
        } catch {
            throw .malformedFile(file: path, problem: JSON.problem(error))
        }
    }
}
