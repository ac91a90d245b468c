import Reporting
import Testing

@Suite("Doubtful seconds")
struct TimingDoubtsTests {
    private func doubts(_ seconds: [Double], load: [Double] = []) -> [String] {
        let times = seconds.enumerated().map {
            Sample.record(.encrypted, mode: "linear", weights: Sample.linear, metric: .secondsTotal, $1, trial: $0 + 1)
        }
        let loads = load.enumerated().map {
            Sample.record(.encrypted, mode: "linear", weights: Sample.linear, metric: .otherLoad, $1, trial: $0 + 1)
        }
        return TimingDoubts(times + loads).sentences
    }

    @Test func steadyTrialsRaiseNone() {
        #expect(doubts([1, 1.1, 1.2], load: [0, 0.01, 0.2]) == [])
        #expect(doubts([1, 9]) == [], "of two trials neither stands out")
    }

    @Test func trialsThatStandOutAreNamed() {
        #expect(
            doubts([1, 3, 1.1]) == [
                "Trial 2 of 'encrypted linear linear-3.h5 64x64 paillier 2048 bits' took 2.7 times the median of its 3 trials."
            ])
    }

    @Test func otherWorkIsTold() {
        #expect(
            doubts([1], load: [0.5]) == [
                "Other processes kept up to 0.50 cores busy during 1 of 1 rows, which may be too long."
            ])
    }

    /// Captions say it where the seconds are read.
    @Test func captionsTell() {
        let records = Sample.quickstart + [Sample.record(.encrypted, mode: "linear", metric: .otherLoad, 1.5)]
        let notes = DenoisingTable.make(records, name: "table", context: Sample.context()).caption.notes
        #expect(notes.contains { $0.hasPrefix("Other processes kept up to 1.50 cores busy") })
        // Not twice.
        #expect(!notes.contains { $0.hasPrefix("While it was measured") })
    }
}
