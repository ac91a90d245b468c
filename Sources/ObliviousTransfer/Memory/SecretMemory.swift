import CObliviousTransfer

/// Memory for secrets: allocated apart, aligned to cache lines, never copied, wiped before it is freed or kept for the next.
///
/// `@unchecked` because the compiler cannot see that each owner either fills the words or reads them: threads that fill them at the
/// same time write disjoint parts.
package struct SecretMemory: ~Copyable, @unchecked Sendable {
    package let words: UnsafeMutablePointer<UInt64>
    package let count: Int

    /// `count` words, zero.
    package init(words count: Int) {
        self.count = count
        words = ot_secret_allocate(count)
    }

    /// At least `bytes` bytes, zero.
    init(bytes: Int) { self.init(words: (bytes + 7) / 8) }

    deinit { ot_secret_release(words, count) }

    package var bytes: UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt8.self)
    }

    /// Fills all of it from the system's generator.
    func fillFromSystem() { ot_random(words, 8 * count) }
}

/// A value that is used once: taking it a second time ends the program.
package final class OneTime<Value: ~Copyable & Sendable>: @unchecked Sendable {
    // Both sides of a session are driven by one thread at a time, as every other value of theirs.
    private var value: Value?

    package init(_ value: consuming Value) { self.value = consume value }

    /// The value, which is gone afterwards.
    package func take() -> Value {
        guard let taken = value.take() else { preconditionFailure("randomness of a transfer used twice") }
        return taken
    }

    /// Uses a part of the value and leaves the rest.
    package func change<Result: ~Copyable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        var taken = take()
        let result = try body(&taken)
        value = consume taken
        return result
    }
}
