import CWorker
import Glibc

/// What a worker process has given up before its plugin's code runs.
struct Confinement: Hashable, Sendable {
  /// The errno of each step, 0 where it was taken.
  private let privileges: CInt
  private let writing: CInt
  private let sockets: CInt
  private let memory: CInt
  private let landlock: CInt
  private let memoryLimit: UInt64

  /// Takes every step that this kernel offers; what threads that run already may do stays as it is.
  init(folder: String, memoryLimit: UInt64) {
    self.memoryLimit = memoryLimit
    privileges = worker_refuse_privileges()
    var version: CInt = 0
    writing = unsafe worker_refuse_writing(folder, &version)
    landlock = version
    sockets = worker_refuse_sockets()
    memory = worker_limit_memory(memoryLimit)
  }

  /// Whether every step was taken.
  var isWhole: Bool { [privileges, writing, sockets, memory].allSatisfy { $0 == 0 } }

  /// What was applied and what was not.
  var description: String {
    let parts = [
      part(privileges, "it gains no rights", "may gain rights by running programs"),
      part(
        writing, "writes nowhere but in its temporary folder (Landlock \(landlock))",
        "may write wherever this user may"),
      part(sockets, "makes no sockets (seccomp)", "may use the network"),
      part(
        memory, "holds at most \(memoryLimit >> 20) MiB", "may take all memory"),
    ]
    return "worker process \(getpid()): " + parts.joined(separator: ", ")
  }

  private func part(_ code: CInt, _ applied: String, _ missing: String) -> String {
    code == 0 ? applied : unsafe "BUT \(missing) (\(String(cString: strerror(code))))"
  }
}
