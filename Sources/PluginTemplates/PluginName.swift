/// The name of a plugin, in the forms that files, symbols and modules want.
package struct PluginName: Hashable, Sendable {
  /// As a pipeline writes it: `my-mixer`.
  package let text: String

  /// What leaves room in the record for the entry symbol.
  package static let greatestLength = 48

  /// Checks a name.
  ///
  /// - Throws: ``PluginProjectError`` that says what is allowed.
  package init(_ text: String) throws(PluginProjectError) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isAllowed = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }
    guard isAllowed, text.first?.isLetter == true, text.utf8.count <= Self.greatestLength else {
      throw PluginProjectError(
        .wrongName,
        "'\(text)' cannot name a plugin: it starts with a letter and has lower-case letters a to z, "
          + "digits, and single hyphens between them, \(Self.greatestLength) characters at most, as in "
          + "'my-mixer'")
    }
    self.text = text
  }

  /// As a symbol of C: `my_mixer`.
  package var symbol: String { text.split(separator: "-").joined(separator: "_") }

  /// As a Swift module, which no module of Swift's own is called: `MyMixerPlugin`.
  package var module: String {
    let words = text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
    return words.joined() + (words.last == "Plugin" ? "" : "Plugin")
  }
}
