import PluginSDK
import Synchronization

/// The host's services inside a worker, for any thread of the plugin.
final class WorkerServices: HostServices {
  private let socket: CInt
  private let memory: SharedMemory
  /// Held while a text is sent, so that its pieces stay together.
  private let sending = Mutex(())

  init(socket: CInt, memory: SharedMemory) {
    self.socket = socket
    self.memory = memory
  }

  func log(_ level: PluginLogLevel, _ message: String) { send(level, fraction: 0, message) }

  var isCancelled: Bool {
    memory.increment(.signs)
    return memory.load(.cancelled) != 0
  }

  func progress(_ fraction: Double, _ message: String) { send(nil, fraction: fraction, message) }

  private func send(_ level: PluginLogLevel?, fraction: Double, _ message: String) {
    var rest = Array(message.utf8)[...]
    sending.withLock { _ in
      repeat {
        let piece = rest.prefix(WorkerNote.pieceLimit)
        rest = rest.dropFirst(piece.count)
        WorkerNote(
          level: level, fraction: fraction, text: Array(piece), continues: !rest.isEmpty
        ).send(to: socket)
        memory.increment(.notes)
      } while !rest.isEmpty
    }
    memory.increment(.signs)
    for lane in 0..<memory.laneCount { WorkerLane(lane, of: memory, side: .worker).nudge() }
  }
}
