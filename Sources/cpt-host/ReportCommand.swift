import ArgumentParser
import Experiments
import Foundation
import Reports

/// `cpt-host report`: writes a study's report again from its run database.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the report of a study again.")

  @Argument(help: "The folder of the study.", completion: .directory)
  var workspace: String

  @Flag(help: "Print the results as JSON instead of the table.")
  var json = false

  func run() throws {
    let workspace = Workspace(root: WorkspaceOption.absolute(workspace))
    let results = try RunDatabase.existing(in: workspace).results()
    try ReportFolder(workspace).publish(results, json: json)
  }
}

/// The folder of a workspace that holds the report: the page, and the numbers behind its plots.
struct ReportFolder {
  let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// Writes the report in the place of an older one, and prints the results: the final table and
  /// where the page lies, or everything as JSON.
  func publish(_ results: StudyResults, json: Bool) throws {
    let report = Report(results)
    let page = try write(report)
    for fit in results.fits {
      guard let failure = fit.failure else { continue }
      printError("cpt-host: the law '\(fit.name)' has no fit: \(failure)")
    }
    if json { return try JSONOutput.print(results) }
    print(report.table())
    print("report: \(page)")
  }

  /// Writes the page and its data; gives the path of the page.
  private func write(_ report: Report) throws -> String {
    let data = "\(workspace.report)/data"
    try Workspace.makeFolder(data)
    for (name, content) in report.data() {
      try Workspace.write(Data(content.utf8), to: "\(data)/\(name)")
    }
    let page = "\(workspace.report)/index.html"
    try Workspace.write(Data(report.html().utf8), to: page)
    return page
  }
}
