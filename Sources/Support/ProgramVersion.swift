/// The program's version, by semantic versioning: the newest entry of CHANGELOG.md, and what CITATION.cff says.
package enum ProgramVersion {
    package static let current = "0.2.0"
}
