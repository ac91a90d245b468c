/// Times contenders in turns, so that a machine that slows down slows all of them.
struct AlternatingTimer {
    let runs: Int
    let warmUp: Int
    /// Called after each turn of all contenders, warm-up included.
    let progress: () -> Void

    /// - Returns: seconds of every timed run, by contender. Every second turn goes through them backwards.
    func seconds(_ contenders: [() throws -> Void]) throws -> [[Double]] {
        let clock = ContinuousClock()
        var seconds = [[Double]](repeating: [], count: contenders.count)
        for turn in 0..<warmUp + runs {
            let order = turn.isMultiple(of: 2) ? Array(contenders.indices) : contenders.indices.reversed()
            for contender in order {
                let time = try clock.measure(contenders[contender])
                if turn >= warmUp { seconds[contender].append(time / .seconds(1)) }
            }
            progress()
        }
        return seconds
    }
}
