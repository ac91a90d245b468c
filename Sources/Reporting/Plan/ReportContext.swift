/// What tables and figures need beside records and plan.
package struct ReportContext: Sendable {
    package let environment: RunEnvironment
    /// What a mode shows the client, by the mode's name. Modes in the records without a note are named without one.
    package let modeNotes: [String: String]
    /// What each scheme says of its keys and protections, given the records of encrypted runs; nil where none of them is its own.
    package let schemeNotes: [@Sendable ([ResultRecord]) -> String?]
    /// Identifier of the experiment: labels and messages start with it.
    package let experiment: String
    package let bootstrap: Bootstrap.Settings
    /// That cells are missing, which captions then say; nil where none is.
    package let incompleteness: String?
    /// The scheme that goes without saying; rows of any other are named after theirs.
    package let usualScheme: String

    package init(
        environment: RunEnvironment, modeNotes: [String: String],
        schemeNotes: [@Sendable ([ResultRecord]) -> String?], experiment: String,
        usualScheme: String, bootstrap: Bootstrap.Settings = Bootstrap.Settings(), incompleteness: String? = nil
    ) {
        self.environment = environment
        self.modeNotes = modeNotes
        self.schemeNotes = schemeNotes
        self.experiment = experiment
        self.bootstrap = bootstrap
        self.usualScheme = usualScheme
        self.incompleteness = incompleteness
    }
}
