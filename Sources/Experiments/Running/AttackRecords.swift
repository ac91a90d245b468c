import Leakage
import PrivateDenoising
import Reporting

/// Makes the records of one attack cell.
struct AttackRecords {
    let cell: AttackCell
    private let common: [String: ParameterValue]

    init(cell: AttackCell, swept: [SweepSetting]) {
        self.cell = cell
        let entry = cell.attack.entry
        let keys = entry.kind.attack.keys
        var common: [String: ParameterValue] = [
            ParameterName.scheme: .text(entry.scheme.rawValue),
            ParameterName.patchSize: .integer(cell.attack.size(in: cell.point.training)),
        ]
        for setting in swept { common[setting.parameter] = setting.value }
        if cell.isUnderPaillier { common[ParameterName.keyBits] = .integer(cell.modulusBits) }
        if keys.contains(.masks) {
            common["mask"] = .text(cell.mask.rawValue)
            if cell.mask.mode.usesMask { common[ParameterName.maskBits] = .integer(entry.settings.maskBits) }
        }
        if keys.contains(.clients) { common["client"] = .text(cell.client.rawValue) }
        self.common = common
    }

    func records(_ result: AttackResult, of evidence: Evidence) -> [ResultRecord] {
        var parameters = common
        for (name, text) in evidence.parameters { parameters[name] = .text(text) }
        parameters["attack"] = .text(result.method)
        if let patches = result.patches { parameters["patches"] = .integer(patches) }
        let usesMasks = cell.attack.entry.kind.attack.keys.contains(.masks)
        let mode = evidence.mode ?? (usesMasks ? cell.mask.mode : nil)
        return result.scores.map { score in
            ResultRecord(
                experiment: cell.point.experiment.id, parameters: parameters, method: .attack, mode: mode?.rawValue,
                dataset: cell.point.data, weights: cell.attack.weights, layer: result.layer,
                metric: score.metric.rawValue, value: score.value, unit: score.metric.unit, trial: cell.trial)
        }
    }
}
