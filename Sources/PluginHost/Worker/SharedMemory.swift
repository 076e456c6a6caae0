import CWorker
import Glibc

/// Memory that the host and one worker share: a page of words about the whole worker, and lanes.
///
/// A lane carries one call at a time: a bell of each side, and room for one message, which the side
/// owns whose turn it is to write. The room is far larger than any message; only what was written
/// takes memory.
@safe
final class SharedMemory: Sendable {
  /// The greatest size of a message.
  static let messageLimit = 8 << 30
  private static let page = 4096
  private static let laneSize = page + messageLimit

  let laneCount: Int
  // Safe to share: the memory stays mapped as long as this lives, and its words are only touched
  // through the functions of CWorker.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// Maps the memory behind a descriptor; nil if there is no room for it.
  init?(descriptor: CInt, laneCount: Int) {
    self.laneCount = laneCount
    let mapped = unsafe mmap(
      nil, Self.size(laneCount), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { return nil }
    unsafe base = mapped
  }

  deinit { unsafe munmap(base, Self.size(laneCount)) }

  /// The bytes that some lanes need.
  static func size(_ laneCount: Int) -> Int { page + laneCount * laneSize }

  /// Where a word about the whole worker lies.
  enum Word: Int {
    /// 1 when the user has asked to stop; the host writes it.
    case cancelled = 0
    /// Counts the plugin's calls of the host's services.
    case signs = 64
    /// Counts what was written to the socket for notes.
    case notes = 128
  }

  func load(_ word: Word) -> UInt32 { unsafe worker_word_load(pointer(word)) }

  func store(_ value: UInt32, _ word: Word) { unsafe worker_word_store(pointer(word), value) }

  func increment(_ word: Word) { unsafe worker_word_increment(pointer(word)) }

  private func pointer(_ word: Word) -> UnsafeMutablePointer<UInt32> {
    unsafe (base + word.rawValue).assumingMemoryBound(to: UInt32.self)
  }

  /// The bell that a side rings in a lane.
  func bell(of side: WorkerSide, lane: Int) -> UnsafeMutablePointer<worker_bell> {
    unsafe (start(lane) + side.rawValue * MemoryLayout<worker_bell>.size)
      .assumingMemoryBound(to: worker_bell.self)
  }

  /// The room for a message in a lane.
  func room(lane: Int) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(
      start: start(lane) + Self.page, count: Self.messageLimit)
  }

  /// Gives the memory of a lane back to the system but for its first part.
  func shrink(lane: Int, to byteCount: Int) {
    let room = unsafe room(lane: lane)
    unsafe madvise(room.baseAddress?.advanced(by: byteCount), room.count - byteCount, MADV_REMOVE)
  }

  private func start(_ lane: Int) -> UnsafeMutableRawPointer {
    precondition((0..<laneCount).contains(lane), "there are \(laneCount) lanes")
    return unsafe base + Self.page + lane * Self.laneSize
  }
}

/// The two sides of the memory.
enum WorkerSide: Int {
  case host, worker
}
