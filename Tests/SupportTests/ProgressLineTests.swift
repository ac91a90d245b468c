import Foundation
import Support
import Testing

@Suite struct ProgressLineTests {
    @Test func progressText() {
        let bar = String(repeating: " ", count: 20)
        #expect(
            ProgressLine.text("training", 0, of: 5, "steps", after: 1) == "training [>\(bar.dropFirst())] 0/5 steps")
        #expect(
            ProgressLine.text("training", 2, of: 5, "steps", after: 1)
                == "training [========>\(bar.dropFirst(9))] 2/5 steps, 2 steps/s, 2 s left")
        #expect(
            ProgressLine.text("training", 50, of: 100_000, "steps", after: 1)
                == "training [>\(bar.dropFirst())] 50/100000 steps, 50 steps/s, 34 min left")
        // What an earlier run did is no part of the rate.
        #expect(
            ProgressLine.text("training", 5, of: 5, "steps", since: 4, after: 4)
                == "training [\(bar.replacing(" ", with: "="))] 5/5 steps, 0.25 steps/s, 0 s left")
    }
}
