import ArgumentParser
import Foundation
import Pipelines
import ScalingLaws

/// The command line: parse, call, print.
struct CPTHost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpt-host",
    abstract: "Builds language models for a new language by continual pre-training, with evidence.",
    discussion: """
      Exit status: 0 done, 1 failed, 2 wrong usage or file, 3 interrupted and resumable.
      """,
    version: HostVersion.current,
    subcommands: [
      RunCommand.self, ValidateCommand.self, PlanCommand.self, ReportCommand.self,
      RunsCommand.self, FitCommand.self, AllocateCommand.self, CompareCommand.self,
      DesignCommand.self, PluginsCommand.self, CorpusCommand.self,
      PackCommand.self, PluginWorkerCommand.self,
    ])
}

/// The version of this program, as reports and packs state it.
enum HostVersion {
  static let current = "0.1.0"
}

@main
enum Main {
  static func main() {
    occupyStandardDescriptors()
    var status = status(of: CommandLine.arguments.dropFirst())
    if fflush(nil) != 0 {
      printError(
        "cpt-host: the output cannot be written: \(unsafe String(cString: strerror(errno)))")
      if status == .done { status = .failed }
    }
    // Everything is written; exit would run what plugins have left to run, and might end as they do.
    _exit(status.rawValue)
  }

  /// Puts /dev/null where a standard stream is closed, lest a file of the study gets its number and
  /// what is printed.
  private static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// Runs one command; every error ends here, as words on standard error and a documented status.
  private static func status(of arguments: some Sequence<String>) -> ExitStatus {
    do {
      var command = try CPTHost.parseAsRoot(Array(arguments))
      try command.run()
      return .done
    } catch let failure as ReportedFailure {
      return failure.status
    } catch let error as PipelineError {
      printError(String(describing: error))
      return .wrongUsageOrFile
    } catch let error as ScalingLawError {
      printError(error.place == nil ? "cpt-host: \(error)" : "\(error)")
      return error.isOfUsage ? .wrongUsageOrFile : .failed
    } catch {
      let message = CPTHost.fullMessage(for: error)
      if CPTHost.exitCode(for: error) == .success {
        print(message)
        return .done
      }
      if CPTHost.exitCode(for: error) == .validationFailure {
        printError(message)
        return .wrongUsageOrFile
      }
      printError("cpt-host: \(error)")
      return .failed
    }
  }
}
