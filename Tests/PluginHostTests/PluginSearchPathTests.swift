import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A plugin that is not there is explained by everything that was looked at.
@Suite(.enabled(if: BuiltPlugins.areThere)) struct PluginSearchPathTests {
  private func message(_ call: () throws -> Void) throws -> String {
    try #require(#expect(throws: PluginHostError.self) { try call() }).message
  }

  @Test func missingPluginListsFoldersAndWhatIsThere() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("libSGD.so", try contents(BuiltPlugins.path("SGD")))
    let registry = BuiltPlugins.registry(folder.path, "/nowhere/plugins")
    #expect(
      try message { _ = try registry.optimizer(named: "adamw") }
        == "no plugin 'adamw' of kind optimizer; looked in '\(folder.path)' (found: sgd), "
        + "'/nowhere/plugins' (missing)")
  }

  @Test func nearNamesAreOffered() throws {
    let registry = BuiltPlugins.registry(BuiltPlugins.folder)
    #expect(
      try message { _ = try registry.optimizer(named: "adamq") }
        .contains("did you mean 'adamw'?"))
  }

  @Test func pluginOfAnotherKindIsSaid() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("libSGD.so", try contents(BuiltPlugins.path("SGD")))
    #expect(
      try message { _ = try BuiltPlugins.registry(folder.path).tokenizer(named: "sgd") }
        == "no plugin 'sgd' of kind tokenizer; looked in '\(folder.path)' (found: none of this "
        + "kind); '\(path)' has that name, but is of kind optimizer")
  }

  @Test func emptySearchPathSaysSo() throws {
    #expect(
      try message { _ = try BuiltPlugins.registry().optimizer(named: "sgd") }
        == "no plugin 'sgd' of kind optimizer; no folder was searched: name one under 'plugins:'")
  }

  @Test func firstOfTwoCountsAndTheOtherIsShadowed() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let bytes = try contents(BuiltPlugins.path("SGD"))
    let chosen = try first.write("libOne.so", bytes)
    _ = try second.write("libTwo.so", bytes)
    let path = PluginSearchPath([first.path, second.path, first.path])
    #expect(path.folders.count == 2)
    #expect(path.found.map(\.shadowedBy) == [nil, chosen])
    #expect(try path.find(.optimizer, named: "sgd").path == chosen)
  }

  @Test func pipeIsRefusedInsteadOfWaitedFor() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/libPipe.so"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    #expect(try message { _ = try PluginFile(path: path) } == "'\(path)' is no regular file")
  }

  @Test func filesThatAreNoPluginsAreRefusedWithTheirReason() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("text.so", "hello")
    _ = try folder.write("notes.txt", "not looked at")
    _ = try folder.write("empty.so", "")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/folder.so", withIntermediateDirectories: true)
    let path = PluginSearchPath([folder.path])
    #expect(path.found.isEmpty)
    #expect(
      path.refused.map { $0.path.split(separator: "/").last } == [
        "empty.so", "folder.so", "text.so",
      ])
    let message = try message { _ = try path.find(.optimizer, named: "sgd") }
    for refused in path.refused { #expect(message.contains(refused.reason.message)) }
  }

  @Test func otherMajorVersionNamesBothSides() throws {
    let folder = try TemporaryFolder()
    var bytes = try contents(BuiltPlugins.path("SGD"))
    let record = try #require(bytes.firstRange(of: Array("CPTPLUG1".utf8)))
    bytes[record.lowerBound + 12] = 2
    let path = try folder.write("libSGD.so", bytes)
    #expect(
      try message { _ = try BuiltPlugins.registry(folder.path).optimizer(named: "sgd") }
        .hasSuffix(
          "refused: plugin 'sgd' at '\(path)' speaks plugin ABI 2.0, this host 1.0: rebuild it "
            + "against these headers or update the host"))
  }

  @Test func entryThatIsNotExportedIsNamed() throws {
    let folder = try TemporaryFolder()
    var bytes = try contents(BuiltPlugins.path("SGD"))
    let record = try #require(bytes.firstRange(of: Array("CPTPLUG1".utf8)))
    bytes[record.lowerBound + 120] = UInt8(ascii: "x")
    let path = try folder.write("libSGD.so", bytes)
    #expect(
      try message { _ = try BuiltPlugins.registry(folder.path).optimizer(named: "sgd") }
        .contains(
          "plugin 'sgd' at '\(path)' does not export 'xpt_sgd_entry', which its record names as its "
            + "entry function: export it with C linkage"))
  }
}
