import Foundation
import Reporting

/// A place in a Markdown file that a report fills, so that no figure there is typed.
///
/// ```
/// <!-- table:quickstart -->            the table, or `quickstart/quality` for another one, `quickstart/table/cost` for a part
/// <!-- /table -->
/// <!-- figure:key-sizes/time -->       a picture with its caption
/// <!-- /figure -->
/// it takes <!-- value:quickstart seconds.total mode=linear method=encrypted digits=1 -->12.3<!-- /value --> s
/// ```
/// A value names experiment and metric, then conditions `field=value[,value]`, and may state `statistic`, `unit`, `digits` or
/// `significant`, and `against.field=value`. Blocks in fenced code are text.
enum GeneratedBlock: Equatable {
    /// A part is one of the tables that a wide one is divided into; nil stands for all.
    case table(id: String, name: String, part: String?)
    case figure(id: String, name: String)
    case value(id: String, InlineValue)

    var id: String {
        switch self {
        case .table(let id, _, _), .figure(let id, _), .value(let id, _): id
        }
    }

    /// Parses what stands in the opening marker: `table:ID/NAME/PART`, `figure:ID/NAME`, `value:ID METRIC ...`.
    /// - Returns: Nil if that is no block of ours.
    init?(marker: String) {
        let parts = marker.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let path = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts[0] {
        case "table" where path.count <= 3:
            self = .table(
                id: path[0], name: path.count > 1 ? path[1] : ReportPlan.defaultTableName,
                part: path.count > 2 ? path[2] : nil)
        case "figure" where path.count == 2:
            self = .figure(id: path[0], name: path[1])
        case "value":
            let words = parts[1].split(separator: " ").map(String.init)
            guard words.count >= 2, let value = Self.value(metric: words[1], words.dropFirst(2)) else { return nil }
            self = .value(id: words[0], value)
        default: return nil
        }
    }

    private static func value(metric: String, _ settings: ArraySlice<String>) -> InlineValue? {
        var value = InlineValue(Measure(metric))
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            switch parts[0] {
            case "statistic":
                guard let statistic = Measure.Statistic(rawValue: parts[1]) else { return nil }
                value.measure.statistic = statistic
            case "unit": value.measure.unit = parts[1]
            case "digits", "significant":
                guard let count = Int(parts[1]), (0...12).contains(count) else { return nil }
                value.format = parts[0] == "digits" ? .decimals(count) : .significant(max(1, count))
            default:
                let accepted = parts[1].split(separator: ",").map { ParameterValue(word: String($0)) }
                if parts[0].hasPrefix("against.") {
                    value.measure.against.accepted[RecordField(String(parts[0].dropFirst("against.".count)))] = accepted
                } else {
                    value.measure.filter.accepted[RecordField(parts[0])] = accepted
                }
            }
        }
        let compares = !value.measure.against.accepted.isEmpty
        return compares == value.measure.statistic.needsCounterpart ? value : nil
    }
}

extension ParameterValue {
    /// A number or flag where the word is one, text otherwise.
    fileprivate init(word: String) {
        if let number = Double(word), number.isFinite {
            self = .number(number)
        } else {
            self = Bool(word).map(ParameterValue.flag) ?? .text(word)
        }
    }
}
