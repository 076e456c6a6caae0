/// Why a plugin cannot be found, inspected or opened.
package struct PluginHostError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
    /// The file cannot be read.
    case unreadable
    /// The file is no shared library of this machine, or damaged.
    case malformed
    /// The file is a library without a plugin record, or with one that makes no sense.
    case noRecord
    /// The plugin and this host speak different versions of the ABI.
    case incompatible
    /// No plugin of that kind and name was found.
    case notFound
    /// The dynamic loader refused the library.
    case unloadable
    /// The plugin's entry function refused, or what it hands over is wrong.
    case refused
    /// Strangers may write the file, or it is not what was pinned or signed.
    case untrusted
  }

  package let code: Code
  /// What is wrong, where, and how to mend it.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
