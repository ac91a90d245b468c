/// Times contenders in turns, so that a machine that slows down slows all of them.
package struct AlternatingTimer {
    package let runs: Int
    package let warmUp: Int
    /// Called after each turn of all contenders, warm-up included.
    package var progress: () -> Void = {}

    /// A run repeats its work for at least this long: far longer than a scheduler's slice, or on a busy machine a short contender
    /// would slip through between two interruptions and a long one would not.
    package static let leastSeconds = 0.1

    package init(runs: Int, warmUp: Int) {
        self.runs = runs
        self.warmUp = warmUp
    }

    /// - Returns: seconds of every timed run, by contender. Every second turn goes through them backwards.
    package func seconds(_ contenders: [() throws -> Void]) throws -> [[Double]] {
        var seconds = [[Double]](repeating: [], count: contenders.count)
        for turn in 0..<warmUp + runs {
            let order = turn.isMultiple(of: 2) ? Array(contenders.indices) : contenders.indices.reversed()
            for contender in order {
                let time = try Self.seconds(contenders[contender])
                if turn >= warmUp { seconds[contender].append(time) }
            }
            progress()
        }
        return seconds
    }

    /// Seconds of one execution, the mean of as many as `leastSeconds` takes.
    static func seconds(_ body: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        var count = 0
        while true {
            try body()
            count += 1
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            if elapsed >= leastSeconds { return elapsed / Double(count) }
        }
    }
}
