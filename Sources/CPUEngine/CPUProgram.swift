import CPUKernels
import Glibc
import GraphLanguage
import Graphs

/// A plan over a session's variables.
final class CPUProgram: EngineProgram {
  private let session: CPUSession
  private let plan: Plan
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// For each thread, those of each step of a stage.
  private let durations: UnsafeMutablePointer<Duration>
  /// The steps of the largest stage.
  private let durationStride: Int
  /// The session's place of each of the graph's variables.
  private let variables: [Int]
  /// Where the arena was when the steps took note of addresses.
  private var boundArena: UnsafeMutableRawPointer?
  private(set) var timings: [StepTiming]

  init(session: CPUSession, plan: Plan, variables: [Int]) {
    self.session = session
    self.plan = plan
    self.variables = variables
    timings = plan.steps.map(\.timing)
    addresses = .allocate(capacity: max(1, plan.places.count))
    durationStride = plan.stages.map(\.steps.count).max() ?? 1
    let threads = session.engine.pool.threads
    durations = .allocate(capacity: durationStride * threads)
    durations.initialize(repeating: .zero, count: durationStride * threads)
  }

  deinit {
    addresses.deallocate()
    durations.deallocate()
  }

  func run(_ inputs: [String: TensorData]) throws(EngineError) -> [String: TensorData] {
    try check(inputs)
    session.engine.pool.followShare()
    let mode = cpu_flush_denormals()
    defer { cpu_restore_denormals(mode) }
    let frame = bind()
    for input in plan.inputs {
      guard let data = inputs[input.name] else { continue }
      copy(data, to: frame.raw(input.operand))
    }
    for check in plan.inputChecks { try check(frame) }
    var began = ContinuousClock.now
    var index = 0
    for stage in plan.stages {
      for check in stage.checks { try check(frame) }
      for phase in stage.phases { session.engine.pool.run(phase, frame) }
      let errors = stage.failures.compactMap { $0() }
      if let error = errors.first { throw error }
      let ended = ContinuousClock.now
      note(ended - began, of: stage, from: index, frame)
      index += stage.steps.count
      began = ended
    }
    var outputs: [String: TensorData] = [:]
    for output in plan.outputs { outputs[output.name] = read(output, frame) }
    for commit in plan.commits {
      memcpy(frame.addresses[commit.variable], frame.raw(commit.source), commit.elementCount * 4)
    }
    return outputs
  }

  /// Divides the time of a stage among its steps, of which `index` is the first, by that of their
  /// pieces.
  private func note(_ duration: Duration, of stage: Stage, from index: Int, _ frame: Frame) {
    if stage.steps.count == 1 {
      timings[index].duration += duration
      return
    }
    let ofSteps = stage.steps.indices.map { step in
      (0..<session.engine.pool.threads).reduce(Duration.zero) { sum, thread in
        let durations = frame.durations(thread)
        defer { durations[step] = .zero }
        return sum + durations[step]
      }
    }
    let ofAll = max(ofSteps.reduce(.zero, +), .nanoseconds(1))
    for (step, ofStep) in ofSteps.enumerated() {
      timings[index + step].duration += duration * (ofStep / ofAll)
    }
  }

  /// Finds where each slot is.
  private func bind() -> Frame {
    let frame = Frame(
      addresses: addresses,
      scratch: session.scratch.base.assumingMemoryBound(to: Float.self),
      scratchStride: plan.scratchByteCount / MemoryLayout<Float>.stride,
      durations: durations, durationStride: durationStride)
    if boundArena == session.arena.base { return frame }
    for (slot, place) in plan.places.enumerated() {
      switch place {
      case .arena(let offset): addresses[slot] = session.arena.base + offset
      case .variable(let index):
        addresses[slot] = session.address(ofVariable: variables[index])
      }
    }
    for step in plan.steps { step.bind?(frame) }
    boundArena = session.arena.base
    return frame
  }

  private func check(_ inputs: [String: TensorData]) throws(EngineError) {
    for input in plan.inputs {
      guard let data = inputs[input.name] else {
        throw EngineError(
          "the input '\(input.name)' is missing; the graph takes \(plan.inputNames)")
      }
      let (count, type): (Int, ElementType) =
        switch data {
        case .float32(let elements): (elements.count, .float32)
        case .int32(let elements): (elements.count, .int32)
        }
      guard type == input.elementType else {
        throw EngineError(
          "the input '\(input.name)' is \(input.elementType), but \(type) was given")
      }
      guard count == input.shape.elementCount else {
        throw EngineError(
          "the input '\(input.name)' \(input.shape) takes \(input.shape.elementCount) elements, "
            + "but \(count) were given")
      }
    }
    if inputs.count == plan.inputs.count { return }
    let known = Set(plan.inputs.map(\.name))
    for name in inputs.keys.sorted() where !known.contains(name) {
      throw EngineError("there is no input '\(name)'; the graph takes \(plan.inputNames)")
    }
  }

  private func copy(_ data: TensorData, to address: UnsafeMutableRawPointer) {
    switch data {
    case .float32(let elements): memcpy(address, elements, elements.count * 4)
    case .int32(let elements): memcpy(address, elements, elements.count * 4)
    }
  }

  private func read(_ output: Plan.Port, _ frame: Frame) -> TensorData {
    let count = output.shape.elementCount
    switch output.elementType {
    case .float32:
      return .float32(Array(UnsafeBufferPointer(start: frame.floats(output.operand), count: count)))
    case .int32:
      return .int32(
        Array(UnsafeBufferPointer(start: frame.integers(output.operand), count: count)))
    }
  }
}
