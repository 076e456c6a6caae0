import CMemoryFile
import CWorker
import Foundation
import Glibc
import GraphLanguage
import PluginSDK
import Synchronization

/// The host's side of a worker process: carries calls there and answers back.
///
/// Several threads may call at once, as far as there are lanes; others wait for one. If the process
/// ends, whatever ended it, the calls that run and all later ones throw.
final class WorkerConnection: Sendable {
  /// The plugin's name, for errors.
  private let plugin: String
  private let memory: SharedMemory
  private let process: WorkerProcess
  private let notes: WorkerNotes
  private let services: any HostServices
  private let settings: WorkerSettings
  private let lanes: LanePool
  /// Instances whose owner went while every lane was taken.
  private let abandoned = Mutex<[Int]>([])
  private let failure = Mutex(Failure())

  private struct Failure: Sendable {
    var verdict: WorkerVerdict?
    /// What became of the process, once somebody was told.
    var explanation: String?
  }

  /// Starts a worker process that has its plugin's file open, and knows nothing else of it.
  ///
  /// - Throws: ``WorkerStartError`` if there is no memory to share or no process.
  init(
    plugin: CheckedLibrary, folder: String, services: any HostServices, settings: WorkerSettings
  ) throws(WorkerStartError) {
    self.plugin = plugin.file.identity.name
    self.settings = settings
    self.services = services
    let laneCount = Self.laneCount(plugin.file.identity.concurrency)
    let shared = try Descriptors(laneCount)
    guard let memory = SharedMemory(descriptor: shared.memory, laneCount: laneCount) else {
      shared.close()
      throw WorkerStartError(code: ENOMEM)
    }
    self.memory = memory
    notes = WorkerNotes(socket: shared.hostNotes, memory: memory, services: services)
    let lanes = LanePool(memory)
    self.lanes = lanes
    let variables = ["SWIFT_BACKTRACE": "enable=no", "TMPDIR": folder]
    process = try WorkerProcess.start(
      WorkerProcess.Launch(
        program: settings.program,
        arguments: [
          WorkerProgram.command, "--host", "\(getpid())", "--lanes", "\(laneCount)", "--",
          plugin.file.path,
        ],
        environment: ProcessInfo.processInfo.environment.merging(variables) { $1 },
        memory: shared.memory, notes: shared.workerNotes, library: plugin.descriptor)
    ) {
      lanes.ringForTheWorker()
      try? FileManager.default.removeItem(atPath: folder)
    }
    withExtendedLifetime(plugin) {}
  }

  /// As many lanes as threads may be in the plugin at once, and can run at once.
  private static func laneCount(_ concurrency: PluginConcurrency) -> Int {
    concurrency == .main ? 1 : min(16, max(2, ProcessInfo.processInfo.activeProcessorCount))
  }

  deinit { process.end() }

  /// What the host answers to a question of the worker.
  enum Reply {
    case answered(any WireValue)
    case refusedByGraph(GraphError)
  }

  /// Calls a function in the worker.
  ///
  /// - Parameters:
  ///   - function: What to call.
  ///   - arguments: Its arguments, in the order in which the worker reads them.
  ///   - answering: Answers what the worker asks meanwhile; reads the question's arguments.
  /// - Returns: What the function gives.
  /// - Throws: ``PluginError`` as the plugin throws it, or because the worker has ended.
  func call<each Argument: WireValue, Answer: WireValue>(
    _ function: WorkerFunction, _ arguments: repeat each Argument,
    answering: (WorkerQuestion, inout WireReader) throws(PluginError) -> Reply = refuse
  ) throws(PluginError) -> Answer {
    let lane = lanes.take()
    defer {
      lanes.giveBack(lane)
      releaseAbandoned()
    }
    if process.hasEnded { throw ended("between two calls") }
    memory.store(services.isCancelled ? 1 : 0, .cancelled)
    var seen = lane.rings
    var largest: Int
    do throws(PluginError) {
      largest = try lane.send { writer throws(PluginError) in
        try writer.write(function)
        repeat try writer.write(each arguments)
      }
    } catch {
      throw PluginError(error.status, error.message, plugin: plugin)
    }
    defer { lane.shrink(after: largest) }
    while true {
      try waitForWorker(lane, after: seen, during: function)
      var reader = lane.reader
      let message: Message<Answer>
      do throws(PluginError) {
        message = try Message(from: &reader)
      } catch {
        throw condemn(.garbled, during: function)
      }
      largest = max(largest, reader.byteCount)
      switch message {
      case .returned(let answer): return answer
      case .failed(let error): throw error
      case .asks(let question):
        seen = lane.rings
        let size = lane.reply(to: question, reader: &reader, answering)
        guard let size else { throw condemn(.garbled, during: function) }
        largest = max(largest, size)
      }
    }
  }

  /// Answers a question that no call of this kind asks.
  static func refuse(
    _ question: WorkerQuestion, _ reader: inout WireReader
  ) throws(PluginError) -> Reply { throw WireReader.garbled }

  /// Ends an instance whose owner has gone.
  func release(_ instance: Int) {
    abandoned.withLock { $0.append(instance) }
    releaseAbandoned()
  }

  /// Does what is left of releases if a lane is free; else whoever has the lane does it afterwards.
  private func releaseAbandoned() {
    while !process.hasEnded, !abandoned.withLock({ $0.isEmpty }), let lane = lanes.takeFree() {
      defer { lanes.giveBack(lane) }
      guard let instance = abandoned.withLock({ $0.popLast() }) else { continue }
      let seen = lane.rings
      let isSent =
        (try? lane.send { writer throws(PluginError) in
          try writer.write(WorkerFunction.release, instance)
        }) != nil
      if isSent { try? waitForWorker(lane, after: seen, during: .release) }
    }
  }

  /// Waits until the worker has written, looking after everything else meanwhile.
  ///
  /// - Throws: ``PluginError`` if the worker has ended, or was ended because it was silent.
  private func waitForWorker(
    _ lane: WorkerLane, after seen: UInt32, during function: WorkerFunction
  ) throws(PluginError) {
    let clock = ContinuousClock()
    let silence = function == .start ? max(Self.loading, settings.silence) : settings.silence
    var lastSign: (count: UInt32, time: ContinuousClock.Instant)?
    while !lane.wait(after: seen, nanoseconds: Self.attention) {
      memory.store(services.isCancelled ? 1 : 0, .cancelled)
      notes.handOn()
      if process.hasEnded { break }
      let (count, now) = (memory.load(.signs), clock.now)
      if let sign = lastSign, sign.count == count {
        if now - sign.time >= silence { throw condemn(.silent(silence), during: function) }
      } else {
        lastSign = (count, now)
      }
    }
    notes.handOn()
    if process.hasEnded { throw ended(function.phrase) }
  }

  /// What loading may take at least: a library asks for nothing while it is read.
  private static let loading = Duration.seconds(60)

  /// How often a waiting call looks around, in nanoseconds.
  private static let attention: Int64 = 20_000_000

  /// Ends the process and says why.
  private func condemn(_ verdict: WorkerVerdict, during function: WorkerFunction) -> PluginError {
    failure.withLock { $0.verdict = $0.verdict ?? verdict }
    process.end()
    return ended(function.phrase)
  }

  /// What to throw once the process has ended: in full to the first who asks.
  private func ended(_ phrase: String) -> PluginError {
    let end = process.waitForEnd()
    let message = failure.withLock { failure in
      if let known = failure.explanation { return "it is gone, since " + known }
      let new = end.explanation(phrase, failure.verdict, memoryLimit: settings.memoryLimit)
      failure.explanation = new
      return new
    }
    return PluginError(.internal, message, plugin: plugin)
  }
}

/// A message of a worker, read.
private enum Message<Answer: WireValue> {
  case returned(Answer)
  case failed(PluginError)
  /// The arguments are still to be read.
  case asks(WorkerQuestion)

  init(from reader: inout WireReader) throws(PluginError) {
    switch try reader.read(WorkerMessage.self) {
    case .returned: self = .returned(try reader.read())
    case .failed: self = .failed(try reader.read())
    case .asks: self = .asks(try reader.read())
    }
  }
}

extension WorkerLane {
  /// Answers a question, or says why not.
  ///
  /// - Returns: The size of the answer; nil if nothing could be written.
  fileprivate func reply(
    to question: WorkerQuestion, reader: inout WireReader,
    _ answering: (WorkerQuestion, inout WireReader) throws(PluginError) -> WorkerConnection.Reply
  ) -> Int? {
    do throws(PluginError) {
      let reply = try answering(question, &reader)
      return try send { writer throws(PluginError) in
        switch reply {
        case .answered(let value):
          try writer.write(WorkerReply.answered)
          try value.write(to: &writer)
        case .refusedByGraph(let error): try writer.write(WorkerReply.refusedByGraph, error)
        }
      }
    } catch {
      return try? send { writer throws(PluginError) in
        try writer.write(WorkerReply.failed, error)
      }
    }
  }

  /// Gives memory back after a large message.
  fileprivate func shrink(after byteCount: Int) {
    if byteCount > Self.keptByteCount { memory.shrink(lane: index, to: Self.keptByteCount) }
  }

  /// What a lane keeps between calls, so that it need not be mapped anew.
  private static let keptByteCount = 16 << 20
}

/// What a host and its worker share, as descriptors.
private struct Descriptors {
  var memory: CInt = -1
  var hostNotes: CInt = -1
  var workerNotes: CInt = -1

  /// Makes them.
  init(_ laneCount: Int) throws(WorkerStartError) {
    memory = unsafe cpt_memory_file_make("cpt-host-worker", CPT_MEMORY_SHARED)
    guard memory >= 0,
      cpt_memory_file_resize(memory, UInt64(SharedMemory.size(laneCount))) == 0
    else {
      let code = errno
      close()
      throw WorkerStartError(code: code)
    }
    let code = unsafe worker_notes_create(&hostNotes, &workerNotes)
    guard code == 0 else {
      close()
      throw WorkerStartError(code: code)
    }
  }

  /// Closes those that are open.
  func close() {
    for descriptor in [memory, hostNotes, workerNotes] where descriptor >= 0 {
      Glibc.close(descriptor)
    }
  }
}
