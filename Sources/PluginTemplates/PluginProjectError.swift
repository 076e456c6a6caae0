/// Why a plugin's project cannot be written.
package struct PluginProjectError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Code: Hashable, Sendable {
    /// The name cannot name a plugin.
    case wrongName
    /// The SDK is not where it should be.
    case wrongSDK
    /// Something is in the way that must not be overwritten.
    case occupied
  }

  package let code: Code
  /// What is wrong, what is allowed, and how to mend it.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
