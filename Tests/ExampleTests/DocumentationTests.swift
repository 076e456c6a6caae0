import Foundation
import TestFolders
import Testing

/// What the documents show works as they show it.
@Suite struct DocumentationTests {
  /// The fenced blocks of a document in one language.
  private static func blocks(of language: String, in document: String) throws -> [String] {
    let text = try String(
      contentsOf: ProjectFolders.repository.appending(path: document), encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  @Test func theReadmesCommandsExist() throws {
    let lines = try Self.blocks(of: "sh", in: "README.md")
      .flatMap { $0.split(separator: "\n").map(String.init) }
      .filter { $0.hasPrefix("cpt-host ") }
    try #require(lines.count > 5)
    for line in lines {
      let words = line.split(separator: "#")[0].split(separator: " ").map(String.init)
      let command = words.dropFirst().prefix { !$0.hasPrefix("-") && !$0.contains(".") }
      let help = try HostProcess.run(Array(command) + ["--help"])
      #expect(help.status == 0, "\(line)")
      for option in words where option.hasPrefix("-") && option != "--help" {
        #expect(help.output.contains(option), "\(line): \(option)")
      }
    }
  }

  @Test func theReadmesSwiftIsThatOfAPlugin() throws {
    let plugin = try String(
      contentsOf: ProjectFolders.repository.appending(path: "Plugins/AdamW/Entry.swift"),
      encoding: .utf8)
    let blocks = try Self.blocks(of: "swift", in: "README.md")
    try #require(!blocks.isEmpty)
    for block in blocks { #expect(plugin.contains(block)) }
  }

  @Test func thePipelineInTheDocumentationRuns() throws {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    let yaml = try #require(try Self.blocks(of: "yaml", in: "Documentation/Pipeline.md").first)
    try Data(yaml.utf8).write(to: folder.url.appending(path: "pipeline.yaml"))
    let run = try HostProcess.run(
      [
        "run", folder.path("pipeline.yaml"), "--workspace", folder.path("w"), "--set",
        "stages.source.tokens=2k", "--set", "stages.scratch.tokens=2k", "--set",
        "stages.cpt.tokens=2k",
      ])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("report: "))
  }

  /// Each ladder takes the place of the example's.
  @Test func laddersInTheDocumentationAreValid() throws {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    let blocks = try Self.blocks(of: "yaml", in: "Documentation/Pipeline.md")
    let pipeline = try folder.write("pipeline.yaml", blocks[0])
    let ladders = try #require(blocks.first { $0.hasPrefix("ladder:") })
      .components(separatedBy: "ladder:").dropFirst()
    try #require(ladders.count == 5)
    for ladder in ladders {
      let checked = try HostProcess.run(
        ["validate", pipeline, "--set", "model.ladder=\(ladder)"])
      #expect(checked.status == 0, "\(ladder): \(checked.errors)")
    }
  }

  /// Both sweeps, the first of them on small budgets to its report.
  @Test func sweepsInTheDocumentationRun() throws {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    let blocks = try Self.blocks(of: "yaml", in: "Documentation/Pipeline.md")
    let sweeps = blocks.filter { $0.hasPrefix("sweep:") }
    try #require(sweeps.count == 2)
    let names = try sweeps.enumerated().map { place, sweep in
      try folder.write("pipeline\(place).yaml", blocks[0] + "\n" + sweep)
    }
    let budgets = ["source", "scratch", "cpt"].flatMap { ["--set", "stages.\($0).tokens=1k"] }
    let plan = try HostProcess.run(["plan", names[1]] + budgets)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("learning_rate=2e-3,tokens=512"))
    let small = budgets + ["--set", "model.ladder=[5k]"]
    let run = try HostProcess.run(
      ["run", names[0], "--workspace", folder.path("w")] + small)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("report: "))
    let list = try HostProcess.run(["runs", "list", "--workspace", folder.path("w")])
    #expect(list.output.split(separator: "\n").count { $0.contains("seed=") } == 3 + 3 + 9)
    #expect(list.output.contains("seed=3,replay=20%"))
    let shown = try HostProcess.run(
      ["runs", "show", "cpt/5k/seed=3,replay=20%", "--workspace", folder.path("w")])
    #expect(shown.output.contains("variant seed=3,replay=20%"))
  }

  /// The section on trust: keys are made, the plugins signed, and the pipeline then demands it.
  @Test func whatIsSaidOfSignaturesWorks() throws {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    let blocks = try Self.blocks(of: "yaml", in: "Documentation/Pipeline.md")
    let demands = try #require(blocks.first { $0.hasPrefix("plugins:") })
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "plugins"), withIntermediateDirectories: true)
    for name in ["BytePair", "Llama", "AdamW", "Weighted", "Replay", "Chinchilla", "CPTExtended"] {
      try FileManager.default.copyItem(
        at: ProjectFolders.products.appending(path: "lib\(name).so"),
        to: folder.url.appending(path: "plugins/lib\(name).so"))
    }
    let pipeline = try folder.write("pipeline.yaml", blocks[0] + "\n" + demands)
    let commands = try Self.blocks(of: "sh", in: "Documentation/Pipeline.md")[0]
      .split(separator: "\n").map { line in
        line.split(separator: "#")[0].split(separator: " ").dropFirst().map(String.init)
      }
    try #require(commands.count == 3)
    func place(_ words: [String], _ library: String) -> [String] {
      words.map { word in
        if word == "team" || word.hasPrefix("team.") { return folder.path(word) }
        return word.hasSuffix(".so") ? library : word
      }
    }
    #expect(try HostProcess.run(place(commands[0], "")).status == 0)
    let before = try HostProcess.run(["validate", pipeline])
    #expect(before.status == 2)
    #expect(before.errors.contains("is not signed"))
    for library in try FileManager.default.contentsOfDirectory(atPath: folder.path("plugins")) {
      for command in commands.dropFirst() {
        let run = try HostProcess.run(place(command, folder.path("plugins/\(library)")))
        #expect(run.status == 0, "\(run.errors)")
      }
    }
    let after = try HostProcess.run(["validate", pipeline])
    #expect(after.status == 0, "\(after.errors)")
  }

  @Test(
    .enabled(if: Self.hasFetchedText, "no text has been fetched: run 'make corpora' with network"))
  func theQuickstartIsValidAsItStands() throws {
    let path = ProjectFolders.repository.appending(path: "Examples/quickstart/pipeline.yaml")
      .path(percentEncoded: false)
    let run = try HostProcess.run(["validate", path])
    #expect(run.status == 0, "\(run.errors)")
  }

  private static var hasFetchedText: Bool {
    ["en", "zh"].allSatisfy {
      FileManager.default.fileExists(
        atPath: ProjectFolders.repository.appending(path: "corpora/\($0).jsonl")
          .path(percentEncoded: false))
    }
  }
}
