import Foundation
import TestFolders
import Testing

/// What the articles for plugin authors show stands in files that are built and run elsewhere.
@Suite struct PluginArticleTests {
  private static let articles = [
    "WritingAPluginInSwift", "WritingAPluginInC", "WritingAPluginInRust",
  ]

  private static func text(of article: String) throws -> String {
    try String(
      contentsOf: ProjectFolders.repository.appending(
        path: "Sources/PluginSDK/PluginSDK.docc/\(article).md"), encoding: .utf8)
  }

  /// Fenced blocks, with their language.
  private static func blocks(in text: String) -> [(language: String, code: String)] {
    text.matches(of: /(?s)```(\w+)\n(.*?)\n```/).map { (String($0.1), String($0.2)) }
  }

  /// The templates of `plugins new`, which the tests build in every kind and language.
  private static let templates: [String] = {
    let folder = ProjectFolders.repository.appending(path: "Sources/CPluginTemplates/Templates")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? [])
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }
  }()

  @Test(arguments: articles)
  func itsCodeIsThatOfATemplate(article: String) throws {
    let code = Self.blocks(in: try Self.text(of: article)).filter { $0.language != "sh" }
    try #require(code.count >= 3)
    for block in code {
      #expect(Self.templates.contains { $0.contains(block.code) }, "\(block.code)")
    }
  }

  @Test func theFunctionInTheArticleIsThatOfTheExample() throws {
    let folder = ProjectFolders.repository.appending(path: "Examples/functions")
    let files = try ["signum.c", "signum.function.yaml"].map {
      try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
    }
    let code = Self.blocks(in: try Self.text(of: "BindingAFunction")).filter {
      $0.language != "sh"
    }
    #expect(code.map(\.language) == ["c", "yaml"])
    for (block, file) in zip(code, files) { #expect(file.contains(block.code)) }
  }

  @Test(arguments: articles + ["BindingAFunction"])
  func itsCommandsExist(article: String) throws {
    let lines = Self.blocks(in: try Self.text(of: article)).filter { $0.language == "sh" }
      .flatMap { $0.code.split(separator: "\n") }.filter { $0.hasPrefix("cpt-host ") }
    try #require(!lines.isEmpty)
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let help = try HostProcess.run(Array(words[1...2]) + ["--help"])
      #expect(help.status == 0, "\(line)")
      for option in words where option.hasPrefix("--") {
        #expect(help.output.contains(option), "\(line): \(option)")
      }
    }
  }

  /// DocC itself finds links that lead nowhere.
  @Test func theDocumentationIsBuiltWithoutWarnings() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = ProjectFolders.repository.appending(
      path: "Scripts/build-documentation.sh")
    process.arguments = [
      ProjectFolders.products.appending(path: "Modules").path(percentEncoded: false),
      folder.path("documentation"),
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let words = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: words, as: UTF8.self))")
    #expect(FileManager.default.fileExists(atPath: folder.path("documentation/index.html")))
  }
}
