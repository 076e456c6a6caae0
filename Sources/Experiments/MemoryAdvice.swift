import Graphs
import Pipelines
import Training

/// Says which runs of a pipeline do not fit in memory, and what would make them fit.
struct MemoryAdvice {
  let plugins: ExperimentPlugins
  /// Every run of the study.
  let study: StudyRuns
  let engine: any Engine
  let available: AvailableMemory

  func fits(_ run: ExperimentPlan.Run) -> Bool { run.memory.total <= available.byteCount }

  /// What is asked for, what there is, and which changes of the pipeline were found to fit.
  ///
  /// - Parameter runs: Runs of the plan; those that fit are left out.
  /// - Returns: nil if all fit.
  /// - Throws: ``TrainingError``, ``ExperimentError`` or a plugin's error.
  func refusal(of runs: [ExperimentPlan.Run]) throws -> String? {
    let refused = runs.filter { !fits($0) }
    guard let largest = refused.max(by: { $0.memory.total < $1.memory.total }) else { return nil }
    let names = refused.map(\.name.description).joined(separator: ", ")
    let need = largest.memory
    let asked =
      "\(largest.name) needs \(need.total.mebibytes) of memory "
      + "(\(need.variables.mebibytes) for parameters, optimizer states and sums of gradients, "
      + "\(need.working.mebibytes) to work in, \(need.checkpointBuffers.mebibytes) to save "
      + "checkpoints), and \(available.limit) leaves \(available.byteCount.mebibytes)"
    return "These runs do not fit in memory: \(names). \(asked). "
      + (try remedies(for: largest, among: runs))
  }

  private func remedies(
    for run: ExperimentPlan.Run, among runs: [ExperimentPlan.Run]
  ) throws -> String {
    guard let studied = study.runs.first(where: { $0.name == run.name }) else {
      preconditionFailure("the run '\(run.name)' is not of this study")
    }
    let pipeline = studied.pipeline
    var found: [String] = []
    if pipeline.memory == .store, try fits(studied, pipeline.batch, .recompute) {
      found.append("memory: recompute")
    }
    if let batch = try largestBatch(studied, pipeline.memory) { found.append(batch) }
    if found.isEmpty, pipeline.memory == .store,
      let batch = try largestBatch(studied, .recompute)
    {
      found.append("memory: recompute together with \(batch)")
    }
    let sizes = pipeline.model.ladder.map(\.label).filter { size in
      runs.allSatisfy { $0.size != size || fits($0) }
    }
    if let size = sizes.last { found.append("a ladder up to \(size)") }
    return found.isEmpty
      ? "No micro-batch makes it fit, with memory: recompute or without; take a smaller model."
      : "It fits with " + found.joined(separator: ", or with ") + "."
  }

  /// The largest micro-batch that fits, as the pipeline would write it.
  private func largestBatch(
    _ run: StudyRun, _ memory: ActivationMemory
  ) throws -> String? {
    let pipeline = run.pipeline
    let context = pipeline.model.context
    let sequences = pipeline.batch.passTokens / context
    let smaller = (1..<max(1, sequences)).filter { sequences % $0 == 0 }
    // Less is needed for fewer sequences, so that the search may halve.
    var (low, high) = (0, smaller.count)
    var best: BatchDeclaration?
    while low < high {
      let middle = (low + high) / 2
      var batch = pipeline.batch
      batch.microBatch = smaller[middle] * context
      if try fits(run, batch, memory) {
        best = batch
        low = middle + 1
      } else {
        high = middle
      }
    }
    return best.map { batch in
      "batch: { tokens: \(batch.tokens), micro_batch: \(batch.passTokens) }"
    }
  }

  /// Whether a run fits with another batch and other use of memory.
  private func fits(
    _ run: StudyRun, _ batch: BatchDeclaration, _ memory: ActivationMemory
  ) throws -> Bool {
    var changed = run.pipeline
    changed.batch = batch
    changed.memory = memory
    let need = try MemoryNeed(
      try TrainingGraphs(changed, run.stage, run.model, plugins), CompileOptions(changed),
      engine: engine)
    return need.total <= available.byteCount
  }
}

extension Int {
  /// An amount of memory for a message, in whole MiB from 10 MiB on.
  fileprivate var mebibytes: String {
    self < 10 << 20 ? "\(self) bytes" : "\(self >> 20) MiB"
  }
}
