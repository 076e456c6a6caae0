import CWorker
import PluginSDK

/// One side's end of a lane.
///
/// The sides take turns: the host writes a call and rings, the worker writes a question or the answer
/// and rings, and so on. So each side, before it rings, knows how often the other has rung.
@safe
struct WorkerLane: Sendable {
  /// The number of the lane.
  let index: Int
  let memory: SharedMemory
  // Safe to share: they point into the memory, and are only touched through CWorker.
  private nonisolated(unsafe) let mine: UnsafeMutablePointer<worker_bell>
  private nonisolated(unsafe) let theirs: UnsafeMutablePointer<worker_bell>

  init(_ index: Int, of memory: SharedMemory, side: WorkerSide) {
    self.index = index
    self.memory = memory
    unsafe mine = memory.bell(of: side, lane: index)
    unsafe theirs = memory.bell(of: side == .host ? .worker : .host, lane: index)
  }

  /// How often the other side has rung.
  var rings: UInt32 { unsafe worker_bell_rings(theirs) }

  /// Writes a message and gives the turn to the other side.
  ///
  /// - Returns: How large the message was.
  /// - Throws: ``PluginError`` if it is too large; the other side has not got the turn then.
  @discardableResult
  func send(
    _ write: (inout WireWriter) throws(PluginError) -> Void
  ) throws(PluginError) -> Int {
    var writer = unsafe WireWriter(memory.room(lane: index))
    try write(&writer)
    unsafe worker_bell_ring(mine)
    return writer.byteCount
  }

  /// Waits for the other side to ring, or for something else to look at.
  ///
  /// - Parameters:
  ///   - seen: How often it has rung so far.
  ///   - nanoseconds: How long to wait at most.
  /// - Returns: Whether it has rung.
  func wait(after seen: UInt32, nanoseconds: Int64) -> Bool {
    unsafe worker_bell_wait(theirs, seen, nanoseconds) != seen
  }

  /// A reader of the message that the other side wrote.
  var reader: WireReader { unsafe WireReader(UnsafeRawBufferPointer(memory.room(lane: index))) }

  /// In the worker: wakes the host without giving it the turn.
  func nudge() { unsafe worker_bell_nudge(mine) }

  /// In the host: rings for a worker that has ended, so that nobody waits for it.
  func ringForTheOther() { unsafe worker_bell_ring(theirs) }
}
