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

/// What a process loads plugins for.
package enum Hosting: Hashable, Sendable {
  /// To use them. They are offered every service, and one that ends the process is named first.
  ///
  /// The program, the host's own, tries foreign functions in a process of its own.
  case use(program: String = "/proc/self/exe")
  /// To hold one to a law for another process, which says how this one ended.
  ///
  /// A minimal host offers nothing: a plugin must do without what a host need not have.
  case check(isMinimal: Bool)
}

/// What plugins get from the run that they serve.
package struct HostEnvironment: Sendable {
  package var logger: Logger
  package var cancellation: Cancellation
  package var progress: @Sendable (PluginProgress) -> Void
  package var hosting: Hosting

  package init(
    logger: Logger, cancellation: Cancellation = Cancellation(), hosting: Hosting = .use(),
    progress: @escaping @Sendable (PluginProgress) -> Void = { _ in }
  ) {
    self.logger = logger
    self.cancellation = cancellation
    self.progress = progress
    self.hosting = hosting
  }

  /// The program that tries foreign functions.
  var program: String {
    if case .use(let program) = hosting { program } else { "/proc/self/exe" }
  }

  /// Whether plugins are offered nothing.
  var isMinimal: Bool { hosting == .check(isMinimal: true) }

  /// Whether a plugin that ends this process is named.
  var namesCrashes: Bool { if case .use = hosting { true } else { false } }

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
