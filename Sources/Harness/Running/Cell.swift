import PrivateDenoising
import Reporting

/// The smallest unit of a run: measured as a whole, or again from its start.
enum Cell: Sendable {
    /// Rows `low_dose` and `linear_filter` of one selection of patches; the case only lends it.
    case baselines(RunPoint, PreparedCase)
    /// Row `float` of one network on one selection; the case only lends both.
    case float(RunPoint, PreparedCase)
    /// Rows `integer` and, where there is a protocol, `encrypted` of a case.
    case run(RunPoint, PreparedCase, trial: Int)
    /// One transcript and all attacks tried on it.
    case attack(AttackCell)

    /// What a record is found by when a run goes on.
    var name: String {
        let base =
            switch self {
            case .baselines(_, let item): "baselines, \(item.selection.description)"
            case .float(_, let item): "float of \(item.weights.name), \(item.selection.description)"
            case .run(_, let item, _): item.name
            case .attack(let cell): cell.name
            }
        let swept = settings.map { ", \($0)" }.joined()
        switch self {
        case .run(_, _, let trial): return "\(base)\(swept), trial \(trial)"
        case .attack(let cell): return "\(base)\(swept), trial \(cell.trial)"
        default: return base + swept
        }
    }

    /// The swept settings that decide what it measures.
    var settings: [SweepSetting] {
        switch self {
        case .baselines(let point, let item): point.settings(ofCase: item.number).filter(\.choosesImages)
        case .float(let point, let item): point.settings(ofCase: item.number).filter(\.concernsFloat)
        case .run(let point, let item, _): point.settings(ofCase: item.number)
        case .attack(let cell): cell.point.settings(ofCase: 0)
        }
    }

    /// Rounds of the protocol, for progress; 1 where there is none.
    var steps: Int {
        if case .run(_, let item, _) = self { item.agreement?.rounds.count ?? 1 } else { 1 }
    }

    /// All cells of a run, in the order of the table.
    static func all(of inputs: RunInputs) -> [Cell] {
        let pairs = inputs.points.flatMap { point in point.cases.map { (point, $0) } }
        let trained = pairs.filter { $0.1.isTrained && $0.1.settings.scheme != .paper }
        let baselines = trained.map { Cell.baselines($0, $1) }
        let floats = trained.map { Cell.float($0, $1) }
        let runs = pairs.flatMap { point, item in
            (1...inputs.experiment.trials).map { Cell.run(point, item, trial: $0) }
        }
        // Cases share selections and networks.
        var names: Set<String> = []
        let attacks = inputs.points.flatMap(AttackCell.all).map { Cell.attack($0) }
        return (baselines + floats + runs + attacks).filter { names.insert($0.name).inserted }
    }
}
