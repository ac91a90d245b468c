/// When an array of tasks is done on a number of nodes: as Slurm starts them, each in its turn on the first node that is free.
package struct ScheduleSimulation: Sendable {
    /// Seconds that a node spends on a task beside its work: starting, reading, making keys.
    package let start: Double
    /// Seconds between two looks of the scheduler for free nodes.
    package let cycle: Double

    package init(start: Double, cycle: Double) {
        self.start = start
        self.cycle = cycle
    }

    /// Seconds from the submission to the end of the last task, each task alone on a node.
    /// - Parameters:
    ///   - tasks: Seconds of work each, in the order of the array.
    ///   - nodes: At least one.
    package func makespan(_ tasks: [Double], nodes: Int) -> Double {
        var free = [Double](repeating: 0, count: min(nodes, max(1, tasks.count)))
        for seconds in tasks {
            let node = free.indices.min { (free[$0], $0) < (free[$1], $1) } ?? 0
            // A node that becomes free between two looks waits for the next.
            let begin = cycle > 0 ? (free[node] / cycle).rounded(.up) * cycle : free[node]
            free[node] = begin + start + seconds
        }
        return free.max() ?? 0
    }
}
