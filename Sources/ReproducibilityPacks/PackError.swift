/// Why a pack cannot be written, read or extracted.
package struct PackError: Error, CustomStringConvertible, Hashable {
  /// The kinds of failure.
  package enum Code: String, Hashable, Sendable {
    /// A name that no member may have.
    case name
    /// A file that cannot be read or written.
    case file
    /// The archive is not one of ours, or was changed.
    case damaged
    /// The resolved pipeline does not name what the pack holds.
    case pipeline
    /// Results that cannot be written or read.
    case results
  }

  package var code: Code
  /// What is wrong, and how to mend it.
  package var description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
