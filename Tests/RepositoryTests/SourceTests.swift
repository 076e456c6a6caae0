import Foundation
import Testing

/// Holds what every file of the project keeps to.
@Suite struct SourceTests {
  private static let code: Set<String> = ["swift", "c", "h", "sh", "py"]
  private static let folders = [
    "Sources", "Plugins", "Tests", "Examples", "Scripts", "Benchmarks",
  ]
  private static let greatestLineCount = 700

  @Test(arguments: folders)
  func noFileIsLongerThanAReaderCanHold(folder: String) throws {
    for file in Repository.files(below: folder, withExtensions: Self.code) {
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      ).count
      #expect(
        lines <= Self.greatestLineCount,
        "\(Repository.relativePath(file)) has \(lines) lines: split it by subject")
    }
  }

  @Test(arguments: ["Sources", "Plugins", "Benchmarks"])
  func nothingIsForcedOrLeftUnfinished(folder: String) throws {
    let forbidden = /\btry!|\bas!|\bfatalError\(|\bTODO\b|\bFIXME\b|not implemented/
    for file in Repository.files(below: folder, withExtensions: ["swift", "c", "h"]) {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: forbidden) {
        Issue.record("\(Repository.relativePath(file)) contains '\(match.0)'")
      }
    }
  }

  @Test func everyPluginFolderIsBuilt() throws {
    let manifest = try String(
      contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appending(path: "Plugins").path())
    for folder in folders {
      #expect(manifest.contains("\"\(folder)\""), "Plugins/\(folder) is not in Package.swift")
    }
  }
}
