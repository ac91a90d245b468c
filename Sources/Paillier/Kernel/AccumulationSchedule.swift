import CPaillierKernel

/// Multiply-accumulate steps in the order a convolution takes them, on their own: for measurements of the kernel.
///
/// Step `i` multiplies the eight lanes of accumulator group `i % groups` by eight table entries; the first step of a group
/// copies them instead.
package struct AccumulationSchedule: Sendable {
    private let jobs: [pk_job]
    package let groups: Int

    /// - Parameter entries: eight indices into the table per step; as many steps as groups, or more.
    package init(groups: Int, entries: [UInt32]) {
        precondition(entries.count.isMultiple(of: ConvolutionPlan.lanes), "eight entries a step expected")
        self.groups = groups
        jobs = (0..<entries.count / ConvolutionPlan.lanes).map { step in
            pk_job(group: step % groups, isFirst: step < groups) { entries[step * ConvolutionPlan.lanes + $0] }
        }
    }

    /// Modular products of one run.
    package var products: Int { (jobs.count - groups) * ConvolutionPlan.lanes }

    /// Runs all steps. - Returns: the accumulators in the path's group form.
    package func run(_ ring: SquareRing, table: [UInt64]) -> [UInt64] {
        var accumulators = [UInt64](repeating: 0, count: groups * ring.groupWords)
        pk_accumulate(ring.context, &accumulators, table, jobs, jobs.count)
        return accumulators
    }

    /// The values in accumulators, lane by lane.
    package func values(_ ring: SquareRing, accumulators: [UInt64]) -> [UInt64] {
        let lanes = groups * ConvolutionPlan.lanes
        var entries = [UInt64](repeating: 0, count: lanes * ring.entryWords)
        pk_unpack(ring.context, &entries, Array(0..<UInt32(lanes)), accumulators, groups)
        return ring.values(fromEntries: entries)
    }
}

extension pk_job {
    init(group: Int, isFirst: Bool, entry: (_ lane: Int) -> UInt32) {
        self.init()
        (self.group, first) = (UInt32(group), isFirst ? 1 : 0)
        withUnsafeMutableBytes(of: &self.entry) { bytes in
            let entries = bytes.bindMemory(to: UInt32.self)
            for lane in 0..<ConvolutionPlan.lanes { entries[lane] = entry(lane) }
        }
    }
}
