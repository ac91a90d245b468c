import Foundation

/// What Slurm says about its site.
package enum SlurmSite {
    /// MaxArraySize; nil where there is no Slurm.
    package static var largestArray: Int? {
        guard let settings = Process.output(of: ["scontrol", "show", "config"]) else { return nil }
        let lines = String(decoding: settings, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("MaxArraySize") }?.split(separator: "=").last.flatMap {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
    }
}
