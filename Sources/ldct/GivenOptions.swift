import ArgumentParser

/// The options on the command line. A parsed option does not tell whether somebody wrote it or it has its default, and one that does
/// nothing where it stands is refused rather than ignored: whoever wrote it takes it for obeyed.
enum GivenOptions {
    /// No value of an option begins with two dashes: the parser takes none.
    private static let names = Set(
        CommandLine.arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
            .map { String($0.prefix { $0 != "=" }) })

    /// - Throws: `ValidationError` if one of `options`, which print something and do nothing else, has company.
    static func requireAlone(_ options: String...) throws {
        guard CommandLine.arguments.count > 3, let option = options.first(where: names.contains) else { return }
        throw ValidationError("\(option) prints and does nothing else; expected it alone.")
    }

    /// - Throws: `ValidationError` if an option's number is out of its range: "--threads is 0; expected 1 to 1024."
    static func require<Number: Numeric & Comparable & CustomStringConvertible>(
        _ option: String, _ number: Number, in range: ClosedRange<Int>, unit: String = ""
    ) throws {
        if let low = Number(exactly: range.lowerBound), let high = Number(exactly: range.upperBound),
            (low...high).contains(number)
        {
            return
        }
        let unit = unit.isEmpty ? "" : " \(unit)"
        throw ValidationError("\(option) is \(number); expected \(range.lowerBound) to \(range.upperBound)\(unit).")
    }

    /// - Throws: `ValidationError` if a folder's name is empty, as that of a shell's variable that is not set: in it would be the root
    ///   of all folders.
    static func refuseEmpty(_ folders: (option: String, name: String?)...) throws {
        guard let empty = folders.first(where: { $0.name?.isEmpty == true }) else { return }
        throw ValidationError("\(empty.option) is empty; expected a folder's name.")
    }

    /// - Throws: `ValidationError`, that the first of `options` on the command line `reason`: "--index goes with HDF5 files".
    static func refuse(_ options: String..., because reason: String) throws {
        guard let name = options.first(where: names.contains) else { return }
        throw ValidationError("\(name) \(reason).")
    }
}
