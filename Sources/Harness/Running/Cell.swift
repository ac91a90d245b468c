import PrivateDenoising
import Reporting

/// The smallest unit of a run: measured as a whole, or again from its start.
enum Cell: Sendable {
    /// Rows `low_dose` and `linear_filter` of one selection of patches.
    case baselines(PatchSelection)
    /// Row `float` of one network on one selection; the case only lends both.
    case float(PreparedCase)
    /// Rows `integer` and `encrypted` of a case.
    case protocolRun(PreparedCase, trial: Int)
    /// One transcript and all attacks tried on it.
    case attack(AttackCell)

    /// What a record is found by when a run goes on.
    var name: String {
        switch self {
        case .baselines(let selection): "baselines, \(selection.description)"
        case .float(let item): "float of \(item.weights.name), \(item.selection.description)"
        case .protocolRun(let item, let trial): "\(item.name), trial \(trial)"
        case .attack(let cell): cell.name
        }
    }

    /// Rounds of the protocol, for progress.
    var rounds: Int {
        switch self {
        case .protocolRun(let item, _): item.agreement.rounds.count
        case .attack: 1
        default: 0
        }
    }

    /// All cells of a run, in the order of the table.
    static func all(of inputs: RunInputs) -> [Cell] {
        let baselines = inputs.cases.map { Cell.baselines($0.selection) }
        let floats = inputs.cases.map { Cell.float($0) }
        let runs = inputs.cases.flatMap { item in
            (1...inputs.experiment.trials).map { Cell.protocolRun(item, trial: $0) }
        }
        // Cases share selections and networks.
        var names: Set<String> = []
        let attacks = AttackCell.all(of: inputs).map { Cell.attack($0) }
        return (baselines + floats + runs + attacks).filter { names.insert($0.name).inserted }
    }
}
