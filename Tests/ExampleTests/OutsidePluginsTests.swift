import Foundation
import TestFolders
import Testing

/// The pipeline whose plugins are other people's, in four languages.
struct OutsidePluginsTests {
  private static let canBuild =
    SwiftPlugins.canBuild && Programs.make != nil && Programs.cargo != nil && Programs.c != nil
    && Programs.cpp != nil
  private static let examples = ProjectFolders.repository.appending(path: "Examples/plugins")
    .path(percentEncoded: false)

  @Test(.enabled(if: canBuild, "make, cc, c++, cargo or swift is missing"))
  func fourKeepEveryLawAndAStudyRunsOnThem() throws {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    try build(into: folder)
    for library in ["libwords", "libunimax", "libjoint_power", "liblion"] {
      #expect(try NewPlugin.breach(of: folder.path("built/\(library).so")) == nil)
    }
    let run = try HostProcess.run(
      ["run", "\(Self.examples)/pipeline.yaml", "--workspace", folder.path("w"), "--json"]
        + [
          "plugins.folders=[\(folder.path("built"))]",
          "corpora.english.files=[\(folder.path("en.jsonl"))]",
          "corpora.chinese.files=[\(folder.path("zh.jsonl"))]",
          "corpora.english.held_out=10%", "corpora.chinese.held_out=10%",
          "tokenizer.vocabulary=300", "model.context=32", "model.ladder=[5k,10k,20k]",
          "batch.tokens=256", "stages.source.tokens=8k", "stages.cpt.tokens=8k",
          "evaluate.points=4", "evaluate.tokens=500",
        ].flatMap { ["--set", $0] })
    try #require(run.status == 0, "\(run.errors)")
    let results = try SmallQuickstart.Results(of: run)
    #expect(results.runs.count == 6)
    for run in results.runs {
      let target = run.stage == "source" ? "english" : "chinese"
      let losses = run.evaluations.filter { $0.corpus == target }.map(\.loss)
      #expect(try #require(losses.last) < (try #require(losses.first)), "\(run.stage) \(run.size)")
    }
    let page = try String(contentsOfFile: folder.path("w/report/index.html"), encoding: .utf8)
    for name in ["words", "lion", "unimax", "joint-power"] {
      #expect(page.contains(name), "the report does not name \(name)")
    }
  }

  private func build(into folder: TemporaryFolder) throws {
    let built = folder.path("built")
    try FileManager.default.createDirectory(atPath: built, withIntermediateDirectories: true)
    var commands = ["words", "unimax"].map { name in
      (Programs.make, ["-C", "\(Self.examples)/\(name)", "INTO=\(built)"])
    }
    for command in [["build", "--release"], ["test"]] {
      commands.append(
        (
          Programs.cargo,
          command + [
            "--offline", "--manifest-path", "\(Self.examples)/joint-power/Cargo.toml",
            "--target-dir", folder.path("cargo"),
          ]
        ))
    }
    for (program, arguments) in commands {
      let made = try HostProcess.run(arguments, host: program)
      try #require(made.status == 0, "\(made.output)\(made.errors)")
    }
    try FileManager.default.copyItem(
      atPath: folder.path("cargo/release/libjoint_power.so"), toPath: "\(built)/libjoint_power.so")
    try FileManager.default.copyItem(
      atPath: try SwiftPlugins.built.get().library("lion"), toPath: "\(built)/liblion.so")
  }
}
