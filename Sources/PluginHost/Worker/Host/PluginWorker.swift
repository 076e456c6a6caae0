import Foundation
import Glibc
import PluginSDK

/// A plugin that has been loaded in a process of its own.
struct PluginWorker: Sendable {
  let identity: PluginIdentity
  let options: [OptionDeclaration]
  let connection: WorkerConnection

  /// Starts a worker for a plugin and waits until it has loaded it.
  ///
  /// - Parameters:
  ///   - library: The plugin's file.
  ///   - services: The host's services for it.
  ///   - settings: How to start the worker, and what it may use.
  /// - Throws: ``PluginHostError`` if there is no worker, or it cannot load the plugin.
  init(
    _ library: CheckedLibrary, services: any HostServices, settings: WorkerSettings
  ) throws(PluginHostError) {
    let file = library.file
    identity = file.identity
    let folder = try Self.temporaryFolder(for: file)
    do throws(WorkerStartError) {
      connection = try WorkerConnection(
        plugin: library, folder: folder, services: services, settings: settings)
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw PluginHostError(
        .unloadable,
        "no worker process can be started for plugin '\(file.identity.name)' at '\(file.path)': "
          + "\(error.reason); mend that, or write 'isolation: none' for it")
    }
    let order = WorkerOrder(
      stamp: library.stamp, folder: folder, memoryLimit: Int(clamping: settings.memoryLimit))
    let start: WorkerStart
    do throws(PluginError) {
      start = try connection.call(.start, order)
    } catch {
      throw .refused(file, error)
    }
    switch start {
    case .serves(let declared): options = declared
    case .cannotOpen(let error): throw error
    case .refuses(let error): throw .refused(file, error)
    }
  }

  /// Makes the folder that a worker may write to; it goes with the worker.
  private static func temporaryFolder(for file: PluginFile) throws(PluginHostError) -> String {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "cpt-host-\(file.identity.name)-\(UUID().uuidString)")
      .path(percentEncoded: false)
    guard unsafe mkdir(path, S_IRWXU) == 0 else {
      throw PluginHostError(
        .unloadable,
        "plugin '\(file.identity.name)' gets no folder '\(path)' for its worker process: "
          + systemError())
    }
    return path
  }
}

extension WorkerStartError {
  /// The words of the system for it.
  var reason: String { unsafe String(cString: strerror(code)) }
}

/// An instance that lives in a worker, ended with its last user.
final class WorkerInstance: Sendable {
  let connection: WorkerConnection
  /// Its number in the worker.
  let id: Int

  init(_ worker: PluginWorker, _ id: Int) {
    connection = worker.connection
    self.id = id
  }

  deinit { connection.release(id) }

  /// Calls a function of the instance.
  ///
  /// - Throws: ``PluginError`` as the plugin throws it, or because the worker has ended.
  func call<each Argument: WireValue, Answer: WireValue>(
    _ function: WorkerFunction, _ arguments: repeat each Argument,
    answering: (WorkerQuestion, inout WireReader) throws(PluginError) -> WorkerConnection.Reply =
      WorkerConnection.refuse
  ) throws(PluginError) -> Answer {
    try connection.call(function, id, repeat each arguments, answering: answering)
  }
}
