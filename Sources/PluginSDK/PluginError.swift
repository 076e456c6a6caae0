/// How a call across the plugin boundary ended; the raw values are those of the C ABI.
public enum PluginStatus: Int32, Hashable, Sendable, CaseIterable {
  case invalidArgument = 1
  case unsupported, outOfMemory, cancelled, bufferTooSmall, corruptData, `internal`, unknown
}

/// Why a plugin refused or failed.
public struct PluginError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public var status: PluginStatus
  /// What is wrong, what is allowed and how to mend it, for the person who runs the pipeline.
  public var message: String
  /// The plugin's name, filled in by the host.
  public var plugin: String?
  /// Which of a batch it concerns, counted from 0; nil if that is not known.
  package var batchIndex: Int?

  /// Creates an error.
  public init(_ status: PluginStatus, _ message: String, plugin: String? = nil) {
    self.status = status
    self.message = message
    self.plugin = plugin
  }

  /// The message, after the plugin's name where it is known.
  public var description: String {
    plugin.map { "plugin '\($0)': \(message)" } ?? message
  }

  /// The same error of one member of a batch.
  package func inBatch(at index: Int) -> PluginError {
    var error = self
    error.batchIndex = index
    return error
  }
}
