package import Logging
package import PluginSDK
import Synchronization

/// Whether the user has asked to stop; seen by all plugins and loops that share it.
package final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  /// Whether somebody asked to stop.
  package var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Asks to stop.
  package func request() { flag.store(true, ordering: .relaxed) }
}

/// How much of a plugin's long call is done.
package struct PluginProgress: Hashable, Sendable {
  package var plugin: String
  /// The part that is done, in 0...1.
  package var fraction: Double
  package var message: String

  package init(plugin: String, fraction: Double, message: String) {
    self.plugin = plugin
    self.fraction = fraction
    self.message = message
  }
}

/// What plugins get from the run that they serve.
package struct HostEnvironment: Sendable {
  package var logger: Logger
  package var cancellation: Cancellation
  package var progress: @Sendable (PluginProgress) -> Void
  /// The host's program, which tries foreign functions in a process of their own.
  package var program: String
  /// Whether plugins are offered none of this: a plugin must do without what a host need not have.
  package var isMinimal: Bool
  /// Whether a plugin that ends this process is named first; not where another process says it.
  package var namesCrashes: Bool

  package init(
    logger: Logger, cancellation: Cancellation = Cancellation(),
    program: String = "/proc/self/exe",
    progress: @escaping @Sendable (PluginProgress) -> Void = { _ in }, isMinimal: Bool = false,
    namesCrashes: Bool = true
  ) {
    self.logger = logger
    self.cancellation = cancellation
    self.program = program
    self.progress = progress
    self.isMinimal = isMinimal
    self.namesCrashes = namesCrashes
  }

  /// The services for one plugin: its lines carry its name.
  package func services(for plugin: String) -> any HostServices {
    var logger = logger
    logger[metadataKey: "plugin"] = .string(plugin)
    return Services(
      plugin: plugin, logger: logger, cancellation: cancellation, report: progress)
  }

  private struct Services: HostServices {
    let plugin: String
    let logger: Logger
    let cancellation: Cancellation
    let report: @Sendable (PluginProgress) -> Void

    func log(_ level: PluginLogLevel, _ message: String) {
      let level: Logger.Level =
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
      logger.log(level: level, "\(message)")
    }

    var isCancelled: Bool { cancellation.isRequested }

    func progress(_ fraction: Double, _ message: String) {
      report(PluginProgress(plugin: plugin, fraction: fraction, message: message))
    }
  }
}
