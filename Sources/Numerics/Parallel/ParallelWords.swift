/// Words made piece by piece, in place, on up to `threads` threads.
///
/// - Parameters:
///   - pieces: how many; each has `size` words.
///   - write: gets a piece's number and its words, whose contents are undefined, and writes all of them.
package func parallelWords(
    _ pieces: Int, of size: Int, threads: Int,
    _ write: @Sendable (_ piece: Int, _ words: inout MutableSpan<UInt64>) -> Void
) -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: pieces * size) { buffer, initialized in
        preferLargePages(buffer.baseAddress, bytes: 8 * buffer.count)
        change(buffer, pieces, size, threads, write)
        initialized = pieces * size
    }
}

/// Changes words piece by piece, in place, on up to `threads` threads.
/// - Parameters:
///   - size: words of a piece.
///   - change: gets a piece's number and its words.
/// - Precondition: `words` are whole pieces.
package func parallelChange(
    _ words: inout [UInt64], of size: Int, threads: Int,
    _ body: @Sendable (_ piece: Int, _ words: inout MutableSpan<UInt64>) -> Void
) {
    guard size > 0 else { return }
    precondition(words.count % size == 0, "words that are not whole pieces")
    let pieces = words.count / size
    words.withUnsafeMutableBufferPointer { change($0, pieces, size, threads, body) }
}

/// Pieces are disjoint, so that threads may write them at once.
private func change(
    _ buffer: UnsafeMutableBufferPointer<UInt64>, _ pieces: Int, _ size: Int, _ threads: Int,
    _ body: @Sendable (Int, inout MutableSpan<UInt64>) -> Void
) {
    guard let start = buffer.baseAddress, pieces > 0 else { return }
    nonisolated(unsafe) let first = start
    let parts = min(pieces, threads > 1 ? 4 * threads : 1)
    _ = parallelMap(parts, threads: threads) { part in
        for piece in pieces * part / parts..<pieces * (part + 1) / parts {
            var words = MutableSpan(
                _unsafeElements: UnsafeMutableBufferPointer(start: first + piece * size, count: size))
            body(piece, &words)
        }
    }
}
