import Glibc

/// The right to write a workspace, held by one process at a time and given up with it.
package struct WorkspaceLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Throws: ``ExperimentError`` with `workspace` if another process has it.
  package init(_ workspace: Workspace) throws(ExperimentError) {
    try Workspace.makeFolder(workspace.root)
    let opened = unsafe open(workspace.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else {
      throw ExperimentError(
        .workspace,
        "the lock '\(workspace.lock)' cannot be opened: \(unsafe String(cString: strerror(errno)))")
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw ExperimentError(
        .workspace,
        "another cpt-host is working in '\(workspace.root)'; wait until it has ended, or choose "
          + "another --workspace")
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
