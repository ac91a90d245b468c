import Dispatch
import Synchronization

/// Runs `body` for 0 ..< count on up to `threads` threads and returns the results in order.
///
/// Which thread takes which index is not fixed; results never depend on it. The first error by index is thrown.
package func parallelMap<Output: Sendable, Failure: Error>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Output
) throws(Failure) -> [Output] {
    let results = Mutex([Result<Output, Failure>?](repeating: nil, count: count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let result = Result { () throws(Failure) -> Output in try body(index) }
            results.withLock { $0[index] = result }
        }
    }
    var outputs: [Output] = []
    outputs.reserveCapacity(count)
    for case .some(let result) in results.withLock({ $0 }) { outputs.append(try result.get()) }
    return outputs
}

/// Cuts 0 ..< count into ranges, runs `body` on each and joins the pieces in order.
package func parallelChunks(
    _ count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> [UInt64]
) -> [UInt64] {
    // Whole batches of eight lanes, several pieces a thread so that none waits long for the last.
    let size = max(8, (count / max(1, 4 * threads) + 7) / 8 * 8)
    let pieces = parallelMap((count + size - 1) / size, threads: threads) { piece in
        body(piece * size..<min(count, (piece + 1) * size))
    }
    return pieces.count == 1 ? pieces[0] : Array(pieces.joined())
}
