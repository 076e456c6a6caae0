import ArgumentParser
import Experiments
import Foundation
import PluginSDK
import ScalingLaws

extension DivergencePolicy: ExpressibleByArgument {}

/// `cpt-host fit`: a law fitted to the losses of any table.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a scaling law to a table of losses.",
    discussion: """
      The table is CSV with a header. Rows are weighted alike, by Huber's loss of the log residual. \
      The result says how far the law is from runs that it was not fitted to.
      """)

  @Argument(help: "The table of losses.", completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @OptionGroup var law: LawArguments

  @Option(
    help: ArgumentHelp(
      """
      Which column holds which variable of the law, and the loss: N=params,D=tokens_M*1e6,loss=val. \
      A column may be multiplied with numbers and other columns.
      """,
      valueName: "variable=column,..."))
  var columns: [String] = []

  @Option(
    help: ArgumentHelp(
      "Fit only rows that meet this condition (=, !=, <, <=, >, >=); may be repeated.",
      valueName: "column=value"))
  var `where`: [String] = []

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "The column that names the run of a row: rows of one run are not independent.",
      valueName: "column"))
  var runColumn: String?

  @Option(
    help: ArgumentHelp("Keep a parameter at a value; may be repeated.", valueName: "name=value"))
  var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep parameters at the values of another fit: scratch.json:E,A,alpha.",
      valueName: "fit:name,..."))
  var freezeFrom: [String] = []

  @OptionGroup var intervals: IntervalArguments

  @Flag(help: "Also find where each parameter lies by the profile of the objective.")
  var profile = false

  @Option(help: "Which rows of diverged runs to leave out.")
  var leaveOut: DivergencePolicy = .clearlyDiverged

  @Option(
    name: [.customShort("o"), .long],
    help: "Write the fit as JSON to this file, for other commands.",
    completion: .file(extensions: ["json"]))
  var output: String?

  @Flag(help: "Print the fit as JSON.")
  var json = false

  func run() throws {
    let law = try law.load()
    let bytes = try InputFile.read(data)
    let table = try DelimitedTable(bytes, file: data)
    let selection = MeasurementSelection(
      columns: try columns.isEmpty
        ? [:] : MeasurementSelection.columns(columns.joined(separator: ",")),
      conditions: `where`, run: runColumn)
    let measurements = try Measurements(
      selection, variables: law.form.variables, in: table, leavingOut: leaveOut)
    var fit = try FitDocument(
      of: law.form, law.reference, frozen: try frozen(), to: measurements,
      from: DataReference(
        file: data, sha256: ContentIdentity.sha256(bytes), selection: selection),
      leavingOut: leaveOut)
    fit.uncertainty = try uncertainty(of: fit, law: law.form)
    if let output { try JSONOutput.write(fit, to: output) }
    if json { try JSONOutput.print(fit) } else { print(FitText(fit).text, terminator: "") }
  }

  /// The parameters that keep a value.
  private func frozen() throws -> [String: Double] {
    var frozen: [String: Double] = [:]
    func add(_ name: String, _ value: Double, _ argument: String) throws {
      guard frozen.updateValue(value, forKey: name) == nil else {
        throw ValidationError("\(argument): '\(name)' is given two values; leave one of them out")
      }
    }
    for argument in freeze {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
        throw ValidationError("--freeze \(argument) is not of the form name=number")
      }
      try add(parts[0], value, "--freeze \(argument)")
    }
    for argument in freezeFrom {
      guard let colon = argument.lastIndex(of: ":"),
        argument.index(after: colon) < argument.endIndex
      else {
        throw ValidationError(
          "--freeze-from \(argument) names no parameters; write FIT.json:E,A,alpha")
      }
      let file = String(argument[..<colon])
      let source = try FitDocument(json: try InputFile.read(file), file: file)
      for name in argument[argument.index(after: colon)...].split(separator: ",").map(String.init) {
        guard let value = source[name] else {
          throw ValidationError(
            "--freeze-from \(argument): the fit has no parameter '\(name)'; it has "
              + source.parameters.map(\.name).joined(separator: ", "))
        }
        try add(name, value, "--freeze-from \(argument)")
      }
    }
    return frozen
  }
}

/// A file that a command reads whole.
enum InputFile {
  /// - Throws: `ValidationError` that says why it cannot be read.
  static func read(_ path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(filePath: path))
    } catch {
      throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
    }
  }
}

extension ScalingLawError {
  /// Whether the command line or a file is wrong, and not the fit.
  var isOfUsage: Bool {
    switch code {
    case .invalidObservations, .tooFewObservations, .invalidFrozenParameter, .unsuitableLaw,
      .invalidTable, .invalidSelection, .invalidFitDocument, .invalidArgument, .unreachableLoss:
      true
    case .noFit, .noInteriorOptimum, .notIdentified, .lawFailed: false
    }
  }
}
