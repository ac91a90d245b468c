import Experiments
import Testing

/// A key is used for as many runs as its budget allows, then another comes; what was spent is never more than the budget.
@Suite struct KeyBudgetTests {
    @Test func aNewKeyComesWhenTheBudgetIsSpent() {
        var budget = KeyBudget()
        let isNew = [0.5, 0.25, 0.25, 0.25, 0.8, 1, 0.1].map { budget.spend($0) }
        #expect(isNew == [false, false, false, true, true, true, true])
        #expect(budget.number == 5 && budget.used == 0.1)
    }

    @Test func manySmallRunsShareAKey() {
        var budget = KeyBudget()
        let share = 0x1p-10
        for run in 0..<2048 {
            _ = budget.spend(share)
            #expect(budget.used <= 1 && budget.number == run / 1024 + 1)
        }
    }
}
