import Foundation

/// What Slurm says about the job this process is in, by its environment.
enum SlurmAllocation {
    /// `12_3` for a task of an array, `12` for any other job; nil outside Slurm.
    static var job: String? {
        let environment = ProcessInfo.processInfo.environment
        if let array = environment["SLURM_ARRAY_JOB_ID"], let task = environment["SLURM_ARRAY_TASK_ID"] {
            return "\(array)_\(task)"
        }
        return environment["SLURM_JOB_ID"]
    }

    /// Processors of the task on this node; nil outside Slurm. Without a plugin that binds tasks this is the only limit there is.
    static func processors(_ environment: [String: String]) -> Int? {
        let names = ["SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"]
        return names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first { $0 > 0 }
    }
}
