import GraphLanguage
import PluginSDK

/// A call of the host, in the worker.
///
/// Arguments are read in their order, before anything is asked or answered: that is written in their
/// place.
struct IncomingCall {
  let lane: WorkerLane
  /// nil if the host asks for something unknown.
  let function: WorkerFunction?
  /// How often the host had rung when this call was answered.
  private(set) var seen: UInt32
  private var reader: WireReader

  /// Waits for the next call in a lane.
  init(_ lane: WorkerLane, after seen: UInt32) {
    self.lane = lane
    self.seen = seen
    while !lane.wait(after: seen, nanoseconds: WorkerLane.patience) {}
    reader = lane.reader
    function = try? reader.read(WorkerFunction.self)
  }

  /// The next argument.
  mutating func argument<Argument: WireValue>() throws(PluginError) -> Argument {
    try reader.read()
  }

  /// Answers the call.
  ///
  /// - Throws: ``PluginError`` if the answer is too large; the call is not answered then.
  mutating func answer(_ value: some WireValue) throws(PluginError) {
    seen = lane.rings
    try lane.send { writer throws(PluginError) in
      try writer.write(WorkerMessage.returned, value)
    }
  }

  /// Answers the call with an error.
  mutating func fail(_ error: PluginError) {
    seen = lane.rings
    let isSent =
      (try? lane.send { writer throws(PluginError) in
        try writer.write(WorkerMessage.failed, error)
      }) != nil
    precondition(isSent, "an error's words fill the whole room for messages")
  }
}

extension WorkerLane {
  /// How long one wait of a worker is, in nanoseconds; it then waits again.
  static let patience: Int64 = 10_000_000_000

  /// Asks the host for something while a call is served.
  ///
  /// - Returns: What was asked for, or why the graph refuses it.
  /// - Throws: ``PluginError`` as the host throws it.
  func ask<each Argument: WireValue, Answer: WireValue>(
    _ question: WorkerQuestion, _ arguments: repeat each Argument
  ) throws(PluginError) -> Result<Answer, GraphError> {
    let seen = rings
    try send { writer throws(PluginError) in
      try writer.write(WorkerMessage.asks, question)
      repeat try writer.write(each arguments)
    }
    while !wait(after: seen, nanoseconds: Self.patience) {}
    var reader = reader
    switch try reader.read(WorkerReply.self) {
    case .answered: return .success(try reader.read())
    case .refusedByGraph: return .failure(try reader.read())
    case .failed: throw try reader.read(PluginError.self)
    }
  }
}
