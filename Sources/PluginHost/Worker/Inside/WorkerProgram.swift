import CWorker
import Foundation
import Glibc
import PluginBridges
import PluginSDK

/// What a worker process runs.
package enum WorkerProgram {
  /// The word on the command line that makes the host's program a worker.
  package static let command = "plugin-worker"

  /// Why a process cannot be a worker.
  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was not started by a host, or that has ended.
    case noHost

    package var description: String {
      "\(WorkerProgram.command) is what a host starts for a plugin that runs in isolation; it does "
        + "nothing by itself"
    }
  }

  /// Serves a plugin until the host ends this process.
  ///
  /// - Parameters:
  ///   - path: The plugin's file.
  ///   - host: The process that started this one.
  ///   - laneCount: The lanes of the shared memory.
  /// - Throws: ``Refusal`` if no host has started this process.
  package static func run(path: String, host: Int32, laneCount: Int) throws(Refusal) -> Never {
    guard worker_follow_parent(host) == 0, laneCount >= 1,
      let memory = SharedMemory(
        descriptor: CInt(WORKER_MEMORY_DESCRIPTOR), laneCount: laneCount)
    else { throw .noHost }
    close(CInt(WORKER_MEMORY_DESCRIPTOR))
    let services = WorkerServices(
      socket: CInt(WORKER_NOTES_DESCRIPTOR), memory: memory)
    var call = IncomingCall(WorkerLane(0, of: memory, side: .worker), after: 0)
    var server: (any KindServer)?
    do throws(PluginError) {
      guard call.function == .start else { throw WireReader.garbled }
      let order: WorkerOrder = try call.argument()
      let (start, made) = load(path, order, services)
      server = made
      try call.answer(start)
    } catch {
      call.fail(error)
    }
    // A worker without a plugin waits for its end: the host knows why.
    guard let server else { while true { pause() } }
    for lane in 1..<max(1, laneCount) {
      Thread.detachNewThread {
        serve(IncomingCall(WorkerLane(lane, of: memory, side: .worker), after: 0), server)
      }
    }
    serve(IncomingCall(call.lane, after: call.seen), server)
  }

  /// Shuts the process in, then loads the plugin.
  private static func load(
    _ path: String, _ order: WorkerOrder, _ services: WorkerServices
  ) -> (WorkerStart, (any KindServer)?) {
    do throws(PluginHostError) {
      let checked = try CheckedLibrary(
        path: path, descriptor: CInt(WORKER_LIBRARY_DESCRIPTOR), stamp: order.stamp)
      let confinement = Confinement(
        folder: order.folder, memoryLimit: UInt64(max(0, order.memoryLimit)))
      services.log(confinement.isWhole ? .info : .warning, confinement.description)
      let library = try OpenedLibrary(checked)
      do throws(PluginError) {
        let plugin = try unsafe LoadedPlugin(
          identity: library.file.identity, entry: library.entry,
          host: ExportedHostServices(services))
        return (.serves(plugin.options), try kindServer(plugin))
      } catch {
        return (.refuses(error), nil)
      }
    } catch {
      return (.cannotOpen(error), nil)
    }
  }

  private static func kindServer(_ plugin: LoadedPlugin) throws(PluginError) -> any KindServer {
    switch plugin.identity.kind {
    case .tokenizer: TokenizerServer(try LoadedTokenizerFactory(plugin))
    case .architecture: ArchitectureServer(try LoadedArchitectureFactory(plugin))
    case .optimizer: OptimizerServer(try LoadedOptimizerFactory(plugin))
    case .dataMixer: DataMixerServer(try LoadedDataMixerFactory(plugin))
    case .scalingLaw: ScalingLawServer(try LoadedScalingLawFactory(plugin))
    case .schedule: preconditionFailure("no library is a schedule")
    }
  }

  /// Serves the calls of one lane for ever.
  private static func serve(_ first: IncomingCall, _ server: any KindServer) -> Never {
    var call = first
    while true {
      do throws(PluginError) {
        switch call.function {
        case .release:
          server.release(try call.argument())
          try call.answer(WireNothing())
        default: try server.serve(&call)
        }
      } catch {
        call.fail(error)
      }
      call = IncomingCall(call.lane, after: call.seen)
    }
  }
}
