import ArgumentParser
import CPUEngine
import Experiments
import Foundation
import PluginHost

/// `cpt-host run`: from a pipeline file to a report.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a pipeline, or what is left of it, and write its report.",
    discussion: """
      It computes with the best vector instructions of the processor. For comparisons, \
      \(InstructionSet.variable) in the environment forces others: \
      \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")). Results may differ in their \
      last bits between them, so each has runs of its own.
      """)

  @OptionGroup var arguments: PipelineArguments
  @OptionGroup var workspace: WorkspaceOption
  @OptionGroup var computing: EngineArguments
  @OptionGroup var jobs: JobsOption

  @Option(help: "Run only this stage and those it continues from; may be repeated.")
  var only: [String] = []

  @Flag(help: "Print the results as JSON.")
  var json = false

  func run() throws {
    let interruption = Interruption()
    let loaded = try arguments.read(cancellation: interruption.cancellation)
    let results = try Study(
      loaded: loaded, workspace: workspace.value, computing: computing, jobs: jobs.jobs,
      interruption: interruption
    ).run(only: only.isEmpty ? nil : Set(only))
    try ReportFolder(workspace.value).publish(results, json: json)
  }
}

/// A pipeline with everything that runs it, put together.
struct Study {
  let loaded: LoadedPipeline
  let workspace: Workspace
  let computing: EngineArguments
  /// How many runs may train at once; nil for as many as there are threads.
  var jobs: Int?
  let interruption: Interruption

  /// Runs the study to its end.
  ///
  /// - Throws: ``ReportedFailure`` with `interruptedAndResumable` after the user asked to stop.
  func run(only: Set<String>?) throws -> StudyResults {
    let engine = try computing.engine()
    printError("engine: \(engine.description)")
    let experiment = Experiment(
      pipeline: loaded.pipeline, pipelineText: loaded.text,
      plugins: try loaded.plugins(),
      engine: engine, engineNumerics: engine.numerics, workspace: workspace,
      environment: .current(hostVersion: HostVersion.current, engine: engine.description),
      threads: computing.threadCount, jobs: jobs, available: .current())
    let line = ProgressLine()
    defer { line.clear() }
    do {
      return try experiment.run(
        only: only, isCancelled: { interruption.cancellation.isRequested },
        progress: { line.show($0) })
    } catch let error as ExperimentError where error.code == .interrupted {
      line.clear()
      printError("cpt-host: \(error)")
      throw ReportedFailure(status: .interruptedAndResumable)
    }
  }
}
