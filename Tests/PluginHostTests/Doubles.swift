import Logging
import PluginHost
import PluginSDK
import Synchronization

/// Documents from a list.
final class Texts: DocumentSource {
  private var rest: [[UInt8]]
  let byteCount: Int

  init(_ texts: [String]) {
    rest = texts.map { Array($0.utf8) }
    byteCount = texts.reduce(0) { $0 + $1.utf8.count }
  }

  func next() -> [UInt8]? { rest.isEmpty ? nil : rest.removeFirst() }
}

/// What a run's log and progress line were told.
final class Heard: Sendable {
  private let state = Mutex<[String]>([])

  var lines: [String] { state.withLock { $0 } }

  func add(_ line: String) { state.withLock { $0.append(line) } }

  var handler: any LogHandler { Handler(heard: self) }

  private struct Handler: LogHandler {
    let heard: Heard
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      heard.add("\(event.level) \(metadata["plugin"] ?? "-"): \(event.message)")
    }
  }
}
