import Glibc
import PluginSDK
import Synchronization

/// The host's end of a worker's notes: hands log lines and progress to the run.
final class WorkerNotes: Sendable {
  private let socket: CInt
  private let memory: SharedMemory
  private let services: any HostServices
  private let state = Mutex(State())

  private struct State {
    /// How many notes were taken.
    var taken: UInt32 = 0
    /// The pieces so far of a text that continues.
    var text: [UInt8] = []
  }

  /// Takes over the descriptor of a socket.
  init(socket: CInt, memory: SharedMemory, services: any HostServices) {
    self.socket = socket
    self.memory = memory
    self.services = services
  }

  deinit { close(socket) }

  /// Hands on what has come since the last time.
  func handOn() {
    let sent = memory.load(.notes)
    state.withLock { state in
      guard state.taken != sent else { return }
      while let note = WorkerNote.receive(from: socket) {
        state.taken &+= 1
        state.text += note.text
        guard !note.continues else { continue }
        let text = String(decoding: state.text, as: UTF8.self)
        state.text = []
        if let level = note.level {
          services.log(level, text)
        } else if note.fraction.isFinite {
          services.progress(min(max(note.fraction, 0), 1), text)
        }
      }
    }
  }
}
