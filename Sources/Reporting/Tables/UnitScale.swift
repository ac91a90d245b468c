/// Conversions between units of one kind.
package enum UnitScale {
    /// Each a base unit with its multiples.
    private static let families: [[(unit: String, size: Double)]] = [
        [("s", 1), ("ms", 1e-3), ("us", 1e-6), ("min", 60), ("h", 3600), ("d", 86_400)],
        [("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)],
        [("1", 1), ("%", 0.01), ("thousands", 1e3), ("millions", 1e6), ("billions", 1e9)],
    ]

    /// What a value in `from` is multiplied with to be one in `to`; nil if there is no such conversion.
    package static func factor(from: String, to: String) -> Double? {
        if from == to { return 1 }
        for family in families {
            let sizes = Dictionary(uniqueKeysWithValues: family)
            if let from = sizes[from], let to = sizes[to] { return from / to }
        }
        return nil
    }

    /// Every unit a value in `from` can be printed in.
    package static func units(from: String) -> [String] {
        families.map { $0.map(\.unit) }.first { $0.contains(from) } ?? [from]
    }
}
