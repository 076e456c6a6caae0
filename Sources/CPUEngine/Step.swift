import CPUKernels
import GraphLanguage
import Graphs

/// A tensor's place: elements of a slot, from an offset on.
struct Operand: Hashable {
  var slot: Int
  /// In elements.
  var offset: Int

  /// The place a number of elements further on.
  func advanced(by count: Int) -> Operand { Operand(slot: slot, offset: offset + count) }
}

/// Memory that a step reads or writes; the memory plan decides where it is.
struct Slot {
  enum Kind: Hashable {
    /// Planned by liveness.
    case working
    /// An input's copy, which is there before the first step.
    case input(Int)
    /// The session's memory of a variable.
    case variable(Int)
  }

  var kind: Kind
  var elementCount: Int
}

/// What the pieces of a run see: where each slot is, and memory for each thread.
struct Frame {
  let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let scratch: UnsafeMutablePointer<Float>
  /// In elements.
  let scratchStride: Int
  /// For each thread, how long the pieces of each step of a stage have taken.
  let durations: UnsafeMutablePointer<Duration>
  /// The steps of the largest stage.
  let durationStride: Int

  func floats(_ operand: Operand) -> UnsafeMutablePointer<Float> {
    addresses[operand.slot].assumingMemoryBound(to: Float.self) + operand.offset
  }

  func integers(_ operand: Operand) -> UnsafeMutablePointer<Int32> {
    addresses[operand.slot].assumingMemoryBound(to: Int32.self) + operand.offset
  }

  func raw(_ operand: Operand) -> UnsafeMutableRawPointer {
    addresses[operand.slot] + operand.offset * MemoryLayout<Float>.stride
  }

  func scratch(_ thread: Int) -> UnsafeMutablePointer<Float> { scratch + thread * scratchStride }

  func durations(_ thread: Int) -> UnsafeMutablePointer<Duration> {
    durations + thread * durationStride
  }
}

/// Pieces of work that may run at once; phases of a step follow one another.
struct Phase {
  var pieces: Int
  /// Runs a piece, given its number and that of the thread.
  var body: (Frame, Int, Int) -> Void

  /// Pieces of consecutive items.
  static func chunks(
    of count: Int, by size: Int, _ body: @escaping (Frame, Range<Int>, Int) -> Void
  ) -> Phase {
    Phase(pieces: (count + size - 1) / size) { frame, piece, thread in
      body(frame, piece * size..<min(count, (piece + 1) * size), thread)
    }
  }
}

/// One kernel's work, with what the memory plan needs to know of it.
struct Step {
  /// What it computes, for people.
  var timing = StepTiming(
    operations: [], shape: .scalar, section: .update, cost: GraphCost())
  var reads: [Int] = []
  var writes: [Int] = []
  /// Slots that only this step uses.
  var workspaces: [Int] = []
  /// Pairs of a written and a read slot that may share memory.
  var inPlace: [InPlacePair] = []
  /// Scratch elements for each thread.
  var scratchCount = 0
  var phases: [Phase] = []
  /// Takes note of the slots' addresses, whenever they have changed.
  var bind: ((Frame) -> Void)?
  /// Index tensors to check before the step runs.
  var checks: [IndexCheck] = []
  /// Gives the reason, once, if a run of the phases failed.
  var failure: (() -> EngineError?)?
  /// Whether nothing else of the kind may run at the same time.
  var runsAlone = false

  /// Whether several threads can take part in it.
  var isShared: Bool { phases.contains { $0.pieces > 1 } }
  /// The slots whose content it takes.
  var needs: [Int] { reads + checks.map(\.operand.slot) }
  /// All slots that it uses.
  var usedSlots: [Int] { needs + writes + workspaces }
}

struct InPlacePair: Hashable {
  var written: Int
  var read: Int
}

/// A check that indices are within a table.
struct IndexCheck {
  var operand: Operand
  var count: Int
  var least: Int32
  var limit: Int32
  /// What reads the indices, and where it was asked for.
  var reader: String

  func callAsFunction(_ frame: Frame) throws(EngineError) {
    let indices = frame.integers(operand)
    let place = cpu_find_index_outside(indices, Int64(count), least, limit)
    guard place >= 0 else { return }
    let allowed = least == 0 ? "0..<\(limit)" : "0..<\(limit) or negative"
    throw EngineError(
      "\(reader): the index \(indices[Int(place)]) at place \(place) is not one of \(allowed)")
  }
}
