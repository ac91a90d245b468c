import Foundation

extension Table.NumberFormat {
    /// A finite number as printed. A value that rounds to zero carries no sign.
    package func text(_ value: Double) -> String {
        let decimals =
            switch self {
            case .decimals(let count): count
            case .significant(let count): Self.decimals(for: value, significant: count)
            }
        let text = String(format: "%.\(decimals)f", locale: nil, value)
        return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
    }

    /// "1.50 [1.20, 1.80]"; without an interval the number alone.
    func text(_ value: Double, _ interval: ClosedRange<Double>?) -> String {
        text(value) + (interval.map { " [\(text($0.lowerBound)), \(text($0.upperBound))]" } ?? "")
    }

    private static func decimals(for value: Double, significant: Int) -> Int {
        guard value != 0 else { return 0 }
        // Rounding may add a digit: 9.96 at two digits is 10, not 10.0.
        let scientific = String(format: "%.\(significant - 1)e", locale: nil, abs(value))
        guard let mark = scientific.firstIndex(of: "e"),
            let exponent = Int(scientific[scientific.index(after: mark)...])
        else { return 0 }
        return max(0, significant - 1 - exponent)
    }
}
