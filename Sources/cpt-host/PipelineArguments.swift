import ArgumentParser
import CPUEngine
import Experiments
import Foundation
import Pipelines
import PluginHost

/// What every command that reads a pipeline takes.
struct PipelineArguments: ParsableArguments {
  @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
  var pipeline: String

  @Option(
    help: ArgumentHelp(
      "Put a value in the place of one in the file: stages.cpt.tokens=10N.",
      valueName: "path=value"))
  var set: [String] = []

  /// Reads the pipeline and finds its plugins.
  ///
  /// - Throws: `PipelineError` with every mistake of the file.
  func read(cancellation: Cancellation = Cancellation()) throws -> LoadedPipeline {
    let overrides = try set.map { argument in
      guard let override = PipelineOverride(argument: argument) else {
        throw ValidationError("'\(argument)' is not of the form path=value")
      }
      return override
    }
    return try LoadedPipeline(
      file: pipeline, overrides: overrides, cancellation: cancellation)
  }
}

/// What every command that computes takes.
struct EngineArguments: ParsableArguments {
  @Option(help: "Threads that compute; results do not depend on it. All cores if absent.")
  var threads: Int?

  private static let allowed = 1...1024

  func validate() throws {
    if let threads, !Self.allowed.contains(threads) {
      throw ValidationError(
        "--threads is \(threads); it must be from \(Self.allowed.lowerBound) to "
          + "\(Self.allowed.upperBound)")
    }
  }

  /// The number of threads to use.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  /// Makes the engine.
  ///
  /// - Throws: `ValidationError` if the environment asks for instructions that there are not.
  func engine() throws -> CPUEngine {
    do {
      return try CPUEngine(
        threads: threadCount, environment: ProcessInfo.processInfo.environment)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// What commands take that train the runs of a pipeline, or say how long it would take.
struct JobsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Runs that train at once, side by side on the threads; results do not depend on it. As many as "
        + "there are threads if absent, and as memory allows.", valueName: "runs"))
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is \(jobs); it must be at least 1") }
  }
}

/// Where a command finds or makes a study.
struct WorkspaceOption: ParsableArguments {
  @Option(
    name: [.customShort("w"), .long], help: "The folder that holds everything a study makes.",
    completion: .directory)
  var workspace: String = "workspace"

  func validate() throws { try Self.check(workspace) }

  /// Refuses the empty path, which would be the current folder.
  static func check(_ path: String) throws {
    guard !path.isEmpty else {
      throw ValidationError("--workspace is empty; name a folder, '.' for this one")
    }
  }

  /// The workspace with an absolute path.
  var value: Workspace { Workspace(root: Self.absolute(workspace)) }

  /// An absolute path without a trailing slash.
  static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path(percentEncoded: false).droppingTrailingSlash
  }
}
