import CObliviousTransfer
import Dispatch

/// Runs `body` on ranges of whole chunks that make up 0 ..< blocks, on up to `threads` threads.
package func forEachRange(of blocks: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let chunk = Int(OT_CHUNK_BLOCKS)
    let chunks = (blocks + chunk - 1) / chunk
    let parts = max(1, min(threads, chunks))
    guard parts > 1 else { return body(0..<blocks) }
    DispatchQueue.concurrentPerform(iterations: parts) { part in
        let (first, last) = (chunks * part / parts * chunk, min(blocks, chunks * (part + 1) / parts * chunk))
        if first < last { body(first..<last) }
    }
}
