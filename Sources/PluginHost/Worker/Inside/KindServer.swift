import PluginSDK
import Synchronization

/// Serves the calls of one kind of plugin, from any number of lanes at once.
protocol KindServer: Sendable {
  /// Answers a call.
  ///
  /// - Throws: ``PluginError`` to answer with, if the call has not been answered.
  func serve(_ call: inout IncomingCall) throws(PluginError)

  /// Lets go of an instance.
  func release(_ id: Int)
}

/// The instances that a worker holds for the host, by number.
final class Instances<Instance: Sendable>: Sendable {
  private struct Content: Sendable {
    var next = 0
    var instances: [Int: Instance] = [:]
  }

  private let content = Mutex(Content())

  /// Keeps an instance and gives it a number.
  func keep(_ instance: Instance) -> Int {
    content.withLock { content in
      content.next += 1
      content.instances[content.next] = instance
      return content.next
    }
  }

  /// The instance of a number, which is the call's next argument.
  func next(_ call: inout IncomingCall) throws(PluginError) -> Instance {
    let id: Int = try call.argument()
    guard let instance = content.withLock({ $0.instances[id] }) else { throw WireReader.garbled }
    return instance
  }

  /// Lets go of an instance.
  func release(_ id: Int) {
    // It ends outside the lock: its plugin may take long.
    let gone = content.withLock { $0.instances.removeValue(forKey: id) }
    withExtendedLifetime(gone) {}
  }
}
