/// One mistake in a pipeline file, with its place and the way to mend it.
package struct Diagnostic: Hashable, Sendable {
  /// The file as it was named, or `--set path=value` for a value from the command line.
  package var file: String
  /// Counted from 1; 0 if the value does not come from a file.
  package var line: Int
  /// Counted from 1, in Unicode scalars; 0 if the value does not come from a file.
  package var column: Int
  /// The place in the file's tree: `stages.cpt.tokens`; empty for the file as a whole.
  package var path: String
  /// What was found, what is allowed and how to mend it.
  package var message: String

  package init(file: String, line: Int, column: Int, path: String, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message
  }
}

extension Diagnostic: CustomStringConvertible {
  /// The mistake as compilers print one: `file:line:column: error: path: message`.
  package var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return path.isEmpty ? "\(place): error: \(message)" : "\(place): error: \(path): \(message)"
  }
}

/// Every mistake in a pipeline file, in the order of its lines; those of the command line last.
package struct PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one.
  package let diagnostics: [Diagnostic]

  package init(diagnostics: [Diagnostic]) {
    precondition(!diagnostics.isEmpty, "a pipeline error without a mistake")
    self.diagnostics = diagnostics
  }

  /// One line for each mistake.
  package var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}

/// Collects the mistakes of one decoding, so that all of them are told at once.
final class Findings {
  /// The file, where places within its texts are to be told; else empty.
  let lines: [[Unicode.Scalar]]
  private var diagnostics: [Diagnostic] = []
  /// Paths of keys that are missing, each reported as that.
  private var missing: Set<String> = []
  /// Paths of keys that are meant, it seems, where another one stands.
  private var meant: Set<String> = []

  init(in text: String = "") {
    lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map(Array.init)
  }

  /// How many mistakes were reported; by comparing, a reader knows whether it reported one.
  var count: Int { diagnostics.count }

  func report(_ message: String, at position: SourcePosition, path: String) {
    let diagnostic = Diagnostic(
      file: position.file, line: position.line, column: position.column, path: path,
      message: message)
    // What stands behind a YAML alias is read once for each use.
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  /// Reports a key that is missing.
  func reportMissing(_ message: String, at position: SourcePosition, path: String) {
    missing.insert(path)
    report(message, at: position, path: path)
  }

  /// Reports a key that stands where another is meant; that one is not reported as missing then.
  func reportUnknown(
    _ message: String, meaning meantPath: String?, at position: SourcePosition, path: String
  ) {
    if let meantPath { meant.insert(meantPath) }
    report(message, at: position, path: path)
  }

  /// What was found, as an error; nil if nothing was.
  func error() -> PipelineError? {
    guard !diagnostics.isEmpty else { return nil }
    let mistyped = missing.intersection(meant)
    let told = diagnostics.filter { !mistyped.contains($0.path) }
    let inOrder = told.enumerated().sorted { lhs, rhs in
      let isLeftOutside = lhs.element.line == 0
      let isRightOutside = rhs.element.line == 0
      if isLeftOutside != isRightOutside { return isRightOutside }
      return (lhs.element.line, lhs.element.column, lhs.offset)
        < (rhs.element.line, rhs.element.column, rhs.offset)
    }
    return PipelineError(diagnostics: inOrder.map(\.element))
  }
}
