import GraphLanguage
import Graphs
import Synchronization

extension Lowering {
  /// The places that one call of machine code gets, whatever the threads: what tensors share of them
  /// stays in a core's cache.
  private static let placesPerCall = 1 << 14

  /// Machine code that the host was given, called for one run of places after the other.
  ///
  /// The code replaces elements where they are; so they are copied first, unless the plan has put a
  /// result where its tensor was.
  func elementwiseStep(
    _ function: ElementwiseFunction, isGuarded: Bool, _ node: Graph.Node
  ) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    let count = node.results[0].shape.elementCount
    let results = node.results.map { write($0, in: &step) ?? workspace(count, in: &step) }
    step.inPlace = zip(results, operands).compactMap { result, operand in
      let isReadOnce = operands.count { $0.slot == operand.slot } == 1
      guard isReadOnce, operand.offset == 0, step.writes.contains(result.slot) else { return nil }
      return InPlacePair(written: result.slot, read: operand.slot)
    }
    let call = ElementwiseCall(function, operands, results, isGuarded: isGuarded)
    step.failure = { call.takeFailure() }
    step.runsAlone = !function.isConcurrent
    if function.isConcurrent {
      step.phases = [
        .chunks(of: count, by: Self.placesPerCall) { frame, places, _ in call.run(places, frame) }
      ]
    } else {
      step.phases = [
        Phase(pieces: 1) { frame, _, _ in
          for first in stride(from: 0, to: count, by: Self.placesPerCall) {
            call.run(first..<min(count, first + Self.placesPerCall), frame)
          }
        }
      ]
    }
    return step
  }
}

/// Calls of one node's machine code.
private final class ElementwiseCall: Sendable {
  private let function: ElementwiseFunction
  private let updated: [Operand]
  private let results: [Operand]
  private let read: [Operand]
  private let scalars: [Operand]
  private let condition: Operand?
  /// What went wrong in this run, with where its places began: the first is told.
  private let failure = Mutex<(first: Int, message: String)?>(nil)

  init(
    _ function: ElementwiseFunction, _ operands: [Operand], _ results: [Operand], isGuarded: Bool
  ) {
    self.function = function
    self.results = results
    var rest = operands[...]
    func take(_ count: Int) -> [Operand] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    updated = take(function.updatedCount)
    read = take(function.readCount)
    scalars = take(function.scalarCount)
    condition = isGuarded ? rest.first : nil
  }

  /// Gives some places new elements.
  func run(_ places: Range<Int>, _ frame: Frame) {
    let addresses = zip(results, updated).map { result, operand in
      let new = frame.floats(result.advanced(by: places.lowerBound))
      let old = frame.floats(operand.advanced(by: places.lowerBound))
      if new != old { new.update(from: old, count: places.count) }
      return new
    }
    if let condition, frame.floats(condition)[0] == 0 { return }
    do throws(ElementwiseFailure) {
      try function(
        ElementwiseChunk(
          updated: addresses,
          read: read.map { UnsafePointer(frame.floats($0.advanced(by: places.lowerBound))) },
          scalars: scalars.map { frame.floats($0)[0] }, count: places.count))
    } catch {
      failure.withLock { failure in
        if let known = failure, known.first < places.lowerBound { return }
        failure = (places.lowerBound, error.message)
      }
    }
  }

  /// The failure of a run, which is then forgotten.
  func takeFailure() -> EngineError? {
    failure.withLock { failure in
      defer { failure = nil }
      return failure.map { EngineError("\(function.name): \($0.message)") }
    }
  }
}
