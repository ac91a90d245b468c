import Support

/// `[body(0), ..., body(count - 1)]`, on as many tasks as there are processors to use. The order of the result does not depend on
/// them.
func concurrentMap<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: count)
        var next = 0
        func addNext(to group: inout ThrowingTaskGroup<(Int, Result), any Error>) {
            guard next < count else { return }
            let index = next
            group.addTask { (index, try body(index)) }
            next += 1
        }
        for _ in 0..<Resources.threads { addNext(to: &group) }
        while let (index, result) = try await group.next() {
            results[index] = result
            addNext(to: &group)
        }
        return results.compactMap { $0 }
    }
}
