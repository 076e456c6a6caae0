package import CPluginABI

extension String {
  /// Copies a text that came over the boundary.
  ///
  /// - Throws: ``PluginError`` if it is null though it has a length, too long, or not UTF-8.
  package init(_ text: cpt_text, _ name: String) throws(PluginError) {
    let length = unsafe text.length
    guard length != 0 else {
      self = ""
      return
    }
    guard let data = unsafe text.data else {
      throw PluginError(.internal, "\(name) is null but has a length of \(length)")
    }
    // A size_t beyond Int comes as a negative number.
    guard (0...CLimits.textByteCount).contains(length) else {
      throw PluginError(
        .internal,
        "\(name) has a length of \(UInt(bitPattern: length)) bytes; \(CLimits.textByteCount) are "
          + "allowed")
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: length)
    guard let copy = unsafe String(validating: bytes, as: UTF8.self) else {
      throw PluginError(.internal, "\(name) is not UTF-8")
    }
    self = copy
  }

  /// Copies a name that came over the boundary, which will stand in files, tables and messages.
  ///
  /// - Throws: ``PluginError`` as for any text, or if it is too long for a name or holds control
  ///   characters.
  package init(name text: cpt_text, _ what: String) throws(PluginError) {
    self = try unsafe String(text, what)
    guard utf8.count <= CLimits.nameByteCount else {
      throw PluginError(
        .internal,
        "\(what) has \(utf8.count) bytes; a name has at most \(CLimits.nameByteCount)")
    }
    guard !unicodeScalars.contains(where: \.isControl) else {
      throw PluginError(
        .internal, "\(what) holds control characters, '\(onOneLine)' without them")
    }
  }

  /// The text as one line that a terminal can be given: without control characters, and not longer
  /// than anybody reads.
  package var onOneLine: String {
    var line = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(CLimits.messageLength) {
      line.append(scalar.isControl ? " " : scalar)
    }
    let isWhole = unicodeScalars.dropFirst(CLimits.messageLength).isEmpty
    return String(line) + (isWhole ? "" : "… (\(utf8.count) bytes)")
  }
}

extension Unicode.Scalar {
  /// Whether a terminal would obey it rather than show it.
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}
