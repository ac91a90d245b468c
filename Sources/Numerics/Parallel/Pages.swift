internal import CSecretMemory

/// Asks for large pages under memory that is about to be written; only speed depends on it.
package func preferLargePages(_ start: UnsafeMutableRawPointer?, bytes: Int) {
    sm_prefer_large_pages(start, bytes)
}

/// Frees the large blocks that secrets left, wiped, for those that come next.
package func giveBackSecretMemory() { sm_give_back_kept() }
