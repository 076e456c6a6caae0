import PluginSDK
import Synchronization

/// Documents from a list, with an error in place of the end if one is given.
final class ListedDocuments: DocumentSource {
  private var rest: [[UInt8]]
  private let failure: PluginError?
  let byteCount: Int

  init(_ texts: [String], failure: PluginError? = nil) {
    rest = texts.map { Array($0.utf8) }
    byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    self.failure = failure
  }

  func next() throws(PluginError) -> [UInt8]? {
    guard rest.isEmpty else { return rest.removeFirst() }
    if let failure { throw failure }
    return nil
  }
}

/// A host that keeps what plugins say.
final class RecordingHost: HostServices {
  private struct State: Sendable {
    var lines: [String] = []
    var isCancelled = false
  }

  private let state = Mutex(State())

  var lines: [String] { state.withLock { $0.lines } }

  func cancel() { state.withLock { $0.isCancelled = true } }

  func log(_ level: PluginLogLevel, _ message: String) {
    state.withLock { $0.lines.append("\(level): \(message)") }
  }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func progress(_ fraction: Double, _ message: String) {
    state.withLock { $0.lines.append("progress \(fraction) \(message)") }
  }
}
