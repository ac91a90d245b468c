/// Finds the valid name a mistyped one was probably meant to be.
package enum NearestName {
    /// The name of `valid` with the smallest edit distance to `name`, if at most a third of its letters (but at least
    /// one) differ. Case, `-` and `_` do not count: `clientAided` and `client_aided` both mean `client-aided`.
    package static func find(_ name: String, in valid: [String]) -> String? {
        let wanted = normalised(name)
        let ranked = valid.map { (name: $0, distance: distance(wanted, normalised($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, wanted.count / 3) ? best.name : nil
    }

    private static func normalised(_ name: String) -> [Character] {
        name.lowercased().filter { $0 != "-" && $0 != "_" }.map { $0 }
    }

    /// Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for i in left.indices {
            var current = [i + 1]
            for j in right.indices {
                let substitution = previous[j] + (left[i] == right[j] ? 0 : 1)
                var best = min(substitution, previous[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, beforePrevious[j - 1] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
