extension String {
    /// Whether files and folders can go by it: lowercase letters, digits and hyphens, a letter or digit first.
    package var isFolderName: Bool {
        let letters = unicodeScalars.map { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        return letters.first == true && zip(letters, self).allSatisfy { $0 || $1 == "-" }
    }
}
