import Foundation
import Testing

/// Holds that the host carries every template, and the headers that plugins are built against.
@Suite struct TemplateTests {
  @Test(arguments: [("CPluginTemplates/Templates", "Templates"), ("CPluginABI/include", "include")])
  func everyFileIsEmbedded(folder: String, path: String) throws {
    let table = try String(
      contentsOf: Repository.root.appending(path: "Sources/CPluginTemplates/templates.c"),
      encoding: .utf8)
    let root = Repository.root.appending(path: "Sources/\(folder)")
    let walk = try #require(
      FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey]))
    let files = try walk.compactMap { $0 as? URL }.filter { file in
      try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
        && file.pathExtension != "modulemap"
    }
    try #require(files.count > 10)
    for file in files {
      let name = String(file.path().dropFirst(root.path().count + 1))
      #expect(table.contains("\(path)/\(name)\""), "templates.c does not embed \(path)/\(name)")
    }
  }
}
