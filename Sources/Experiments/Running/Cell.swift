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

    var key: CellKey {
        var key: CellKey
        switch self {
        case .baselines(_, let item):
            key = CellKey(.baselines)
            key.patches = item.selection.shape
        case .float(_, let item):
            key = CellKey(.float)
            key.network = item.weights.name
            key.patches = item.selection.shape
        case .run(_, let item, let trial):
            key = CellKey(.run, number: item.number, subject: item.settings.mode.rawValue, trial: trial)
            key.scheme = item.settings.scheme.rawValue
            key.layout = item.settings.layout.rawValue
            key.network = item.weights.name
        case .attack(let cell): key = cell.key
        }
        key.swept = settings.map { CellKey.Setting(name: $0.name, value: $0.value) }
        return key
    }

    /// What people know it by.
    var name: String { key.description }

    /// The swept settings that decide what it measures.
    var settings: [SweepSetting] {
        switch self {
        case .baselines(let point, let item): point.settings(ofCase: item.number).filter(\.choosesImages)
        case .float(let point, let item): point.settings(ofCase: item.number).filter(\.concernsFloat)
        case .run(let point, let item, _):
            point.settings(ofCase: item.number).filter { !$0.concernsKey || item.settings.scheme.hasKeySettings }
        case .attack(let cell): cell.point.settings(ofCase: 0)
        }
    }

    /// Nil where no messages are exchanged.
    var agreement: Agreement? {
        if case .run(_, let item, _) = self { item.agreement } else { nil }
    }

    /// Rounds of the protocol, for progress; 1 where there is none.
    var steps: Int { agreement?.rounds.count ?? 1 }

    /// Runs of the protocol that it takes, those that warm up included.
    var runs: Int {
        if case .run(let point, _, 1) = self { 1 + point.experiment.warmUp } else { 1 }
    }

    /// All cells of a run, in the order of the table.
    static func all(of inputs: RunInputs) -> [Cell] {
        let pairs = inputs.points.flatMap { point in point.cases.map { (point, $0) } }
        let trained = pairs.filter { $0.1.showsImages && $0.1.settings.scheme != .paper }
        let baselines = trained.map { Cell.baselines($0, $1) }
        let floats = trained.map { Cell.float($0, $1) }
        let runs = pairs.flatMap { point, item in
            (1...point.experiment.trials).map { Cell.run(point, item, trial: $0) }
        }
        // Cases share selections and networks.
        var keys: Set<CellKey> = []
        let attacks = inputs.points.flatMap(AttackCell.all).map { Cell.attack($0) }
        return (baselines + floats + runs + attacks).filter { keys.insert($0.key).inserted }
    }
}

extension CellKey {
    /// The same of every trial.
    var ofEveryTrial: CellKey {
        var key = self
        key.trial = nil
        return key
    }
}
