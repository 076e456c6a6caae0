import ArgumentParser
import CPUEngine
import Experiments
import Pipelines
import PluginSDK
import Reports
import Training

/// `cpt-host validate`: every mistake of a pipeline at once.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check a pipeline without running anything of it.")

  @OptionGroup var arguments: PipelineArguments

  @Flag(help: "Print the pipeline with every default filled in.")
  var resolved = false

  func run() throws {
    let loaded = try arguments.read()
    if resolved {
      print(loaded.pipeline.resolvedYAML, terminator: "")
    } else {
      let pipeline = loaded.pipeline
      let variants = pipeline.variants.isEmpty ? "" : ", \(pipeline.variants.count) combinations"
      print(
        "\(arguments.pipeline): valid (\(pipeline.stages.count) stages\(variants), "
          + "\(pipeline.runCount) runs)")
    }
  }
}

/// `cpt-host plan`: what a pipeline will cost.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show the runs of a pipeline, with size, tokens, FLOPs, memory, disk and time.")

  @OptionGroup var arguments: PipelineArguments
  @OptionGroup var computing: EngineArguments
  @OptionGroup var jobs: JobsOption

  @Flag(help: "Print the plan as JSON.")
  var json = false

  func run() throws {
    let loaded = try arguments.read()
    let plan = try ExperimentPlan(
      loaded.pipeline, plugins: try loaded.plugins(), engine: try computing.engine(),
      available: .current(), calibrates: true, jobs: jobs.jobs)
    if json {
      try JSONOutput.print(PlanOutput(plan))
      return
    }
    let isSwept = plan.runs.contains { $0.variant != nil }
    var table = TextTable(
      [("stage", .left), ("size", .left)], isSwept ? [("variant", .left)] : [],
      [
        ("N", .right), ("N total", .right), ("D", .right), ("steps", .right), ("FLOPs", .right),
        ("6ND", .right), ("memory", .right), ("disk", .right), ("time", .right),
      ])
    for run in plan.runs {
      var cells = [run.stage, run.size]
      if isSwept { cells.append(run.variant ?? "") }
      cells += [
        Quantity.count(run.parameters.nonEmbedding), Quantity.count(run.parameters.total),
        Quantity.count(run.tokens), "\(run.steps)", Quantity.operations(run.exactFLOPs),
        Quantity.operations(run.approximateFLOPs), Quantity.bytes(run.memory.total),
        Quantity.bytes(run.checkpointBytes), run.time.map { Quantity.seconds($0.onAll) } ?? "-",
      ]
      table.append(cells)
    }
    print(table.text)
    print(
      "\(plan.runs.count) runs, \(Quantity.operations(plan.exactFLOPs)) FLOPs, "
        + "\(Quantity.bytes(plan.checkpointBytes)) of checkpoints, vocabulary \(plan.vocabulary)"
        + (plan.seconds.map { ", about \(Quantity.seconds($0))" } ?? ""))
    print(
      "N without the token tables; FLOPs from the graph; time from a few steps of each size, for each "
        + "run on all threads, for all together with runs side by side.")
    for note in plan.notes { print(note) }
  }
}

/// A plan as other programs read it.
private struct PlanOutput: Encodable {
  struct Run: Encodable {
    var stage: String
    var size: String
    var variant: String?
    var continuedFrom: String?
    var options: [String: OptionValue]
    var parameters: Int
    var nonEmbeddingParameters: Int
    var tokens: Int
    var steps: Int
    var exactFLOPs: Double
    var approximateFLOPs: Double
    var evaluationFLOPs: Double?
    var memoryBytes: Int
    var memory: MemoryNeed
    var checkpointBytes: Int
    var seconds: Double?
    var secondsOnOneThread: Double?
  }

  var vocabulary: Int
  var runs: [Run]
  var exactFLOPs: Double
  var checkpointBytes: Int
  var seconds: Double?
  var notes: [String]

  init(_ plan: ExperimentPlan) {
    vocabulary = plan.vocabulary
    exactFLOPs = plan.exactFLOPs
    checkpointBytes = plan.checkpointBytes
    seconds = plan.seconds
    notes = plan.notes
    runs = plan.runs.map { run in
      Run(
        stage: run.stage, size: run.size, variant: run.variant,
        continuedFrom: run.continuedFrom,
        options: run.shape.values, parameters: run.parameters.total,
        nonEmbeddingParameters: run.parameters.nonEmbedding, tokens: run.tokens, steps: run.steps,
        exactFLOPs: run.exactFLOPs, approximateFLOPs: run.approximateFLOPs,
        evaluationFLOPs: run.evaluationFLOPs, memoryBytes: run.memory.total, memory: run.memory,
        checkpointBytes: run.checkpointBytes, seconds: run.time?.onAll,
        secondsOnOneThread: run.time?.onOne)
    }
  }
}
