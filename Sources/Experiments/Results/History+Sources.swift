import Foundation
package import Reporting
import Support

/// Where histories come from: commits of the references, or result folders.
extension History {
    /// The beginning of a line of a commit's message that explains why counts stepped in it.
    package static let trailer = "Counts:"
    /// A file of a result folder whose first line explains the same.
    package static let noteFile = "note.txt"

    /// - Parameters:
    ///   - names: experiments by id, whose references' commits are read, none for all; or result folders, the oldest first.
    ///   - since: only commits after this one; nil takes all.
    /// - Throws: `ResultsError.noReference`, `noResults`; `FileError` outside a clone; `ReportingError` for what is malformed now.
    package static func all(_ names: [String], results: String, since: String?) throws -> [History] {
        // A file names its experiment, a folder is results.
        let names = try names.map { name in
            name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? try ResultName(name, results: results).id : name
        }
        let folders = names.filter { $0.contains("/") }
        guard folders.isEmpty else {
            guard folders.count == names.count, since == nil else {
                throw ResultsError.mixedHistory(names: names)
            }
            return try ofFolders(folders)
        }
        return try ResultFiles.checked(names, in: results).map { try ofCommits($0.reference, id: $0.id, since: since) }
    }

    private static func ofFolders(_ folders: [String]) throws -> [History] {
        let points = try folders.map { folder in
            let files = try ResultFiles(named: folder, results: ".")
            let records = try Report.measurements(files)
            let note = String(
                decoding: InputFile.head("\(files.folder)/\(noteFile)", 1 << 12), as: UTF8.self
            ).split(whereSeparator: \.isNewline).first.map(String.init)
            // By what was measured: folders of one experiment may have any name.
            let reference = Reference(experiment: records[0].experiment, recording: records)
            let date = (try? RunEnvironment(path: files.environment))?.date
            return Point(label: files.folder, date: date, note: note, reference: reference)
        }
        return points.inGroups(by: \.reference.experiment).map { History(experiment: $0, points: $1) }
    }

    private static func ofCommits(_ path: String, id: String, since: String?) throws -> History {
        let (folder, name) = ((path as NSString).deletingLastPathComponent, (path as NSString).lastPathComponent)
        guard Git.text(["rev-parse", "--git-dir"], in: folder) != nil else {
            throw FileError.refused(
                file: folder, reason: "not in a git clone", expected: "one, or result folders to compare")
        }
        if let since, Git.text(["rev-parse", "--verify", "--quiet", "\(since)^{commit}"], in: folder) == nil {
            throw ResultsError.badCommit(since)
        }
        let (field, end) = ("%x1f", "%x1e")
        let format = ["%H", "%cs", "%B", "%N"].joined(separator: field) + end
        let log = Git.text(["log", "--reverse", "--format=\(format)", "--", name], in: folder) ?? ""
        let all = log.split(separator: "\u{1e}").compactMap { Commit($0) }
        let first = since.flatMap { since in
            // What was there at that commit is the first point.
            Git.text(["log", "-1", "--format=%H", since, "--", name], in: folder)
        }
        let commits = first.flatMap { first in all.firstIndex { $0.hash == first } }.map { Array(all[$0...]) } ?? all
        var points = commits.compactMap { commit -> Point? in
            // Versions of another format, and commits that removed it, have nothing to compare.
            guard let data = Git.data(["show", "\(commit.hash):./\(name)"], in: folder),
                let reference = try? Reference(json: data, file: name)
            else { return nil }
            return Point(
                label: String(commit.hash.prefix(12)), date: commit.date, note: commit.note, reference: reference)
        }
        let present = try Reference(path: path)
        if points.last?.reference != present {
            points.append(Point(label: "not committed", date: nil, note: nil, reference: present))
        }
        return History(experiment: id, points: points)
    }

    private struct Commit {
        let hash, date: String
        let note: String?

        init?(_ text: Substring) {
            let fields = text.split(separator: "\u{1f}", omittingEmptySubsequences: false)
            guard fields.count == 4 else { return nil }
            hash = fields[0].trimmingCharacters(in: .whitespacesAndNewlines)
            date = String(fields[1])
            let said = fields[2].split(separator: "\n").first { $0.hasPrefix(trailer) }
                .map { $0.dropFirst(trailer.count).trimmingCharacters(in: .whitespaces) }
            // A note of git is given later, without changing the commit.
            let later = fields[3].split(separator: "\n").first.map { $0.trimmingCharacters(in: .whitespaces) }
            note = [said, later].compactMap(\.self).first { !$0.isEmpty }
        }
    }
}
