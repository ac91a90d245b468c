/// How long a party waits for the other one. Every wait ends: a peer that sends slowly is as little help as one that is gone.
package struct Patience: Sendable, Equatable {
    /// Seconds until the first byte of a message: the other side may have hours of arithmetic to do.
    package var first: Double
    /// Seconds a message may take beyond its bytes at `bytesPerSecond`.
    package var grace: Double
    /// The slowest link that is served.
    package var bytesPerSecond: Double

    package init(first: Double, grace: Double = 20, bytesPerSecond: Double = 64 * 1024) {
        self.first = first
        self.grace = grace
        self.bytesPerSecond = bytesPerSecond
    }

    /// Seconds after its first byte by which `bytes` of a message must have passed.
    func limit(bytes: Int) -> Double { grace + Double(bytes) / bytesPerSecond }
}
