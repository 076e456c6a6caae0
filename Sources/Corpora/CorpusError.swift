/// Why a corpus could not be read, tokenised or drawn from.
package struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Code: String, Hashable, Sendable {
    /// A file cannot be opened or read, or a folder cannot be written.
    case fileAccess
    /// A document file breaks its own format.
    case malformedFile
    /// A cached file is cut short or damaged; it can be made again.
    case damagedCache
    /// There is too little text for what is asked.
    case tooLittleText
    /// A plugin broke a law of its kind.
    case unlawfulPlugin
    /// A value that no pipeline may have.
    case invalidArgument
  }

  package var code: Code
  /// What is wrong, where, what is allowed and how to mend it.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
