import Experiments
import Foundation
import ReproducibilityPacks
import Testing

struct PathRelocationTests {
  @Test(arguments: [
    ("files: [/d/a.txt, /d/a.txt.zst]", "files: [corpora/c/a.txt, corpora/c/a.txt.zst]"),
    ("- /d/a.txt\n- '/d/a.txt'\n", "- corpora/c/a.txt\n- 'corpora/c/a.txt'\n"),
    ("- /d/a.txt", "- corpora/c/a.txt"),
    // A path that only begins or ends like one of ours is another file.
    ("- /x/d/a.txt\n- /d/a.txt2\n- /d/a.txt", "- /x/d/a.txt\n- /d/a.txt2\n- corpora/c/a.txt"),
    ("plugins: [/p/lib/]\n- /d/a.txt", "plugins: [plugins]\n- corpora/c/a.txt"),
    (
      "plugins: [/p/lib, /p/lib/sub]\n- /d/a.txt",
      "plugins: [plugins, /p/lib/sub]\n- corpora/c/a.txt"
    ),
  ])
  func pathsAreReplacedWhereTheyStandAlone(_ text: String, _ expected: String) throws {
    var results = try SmallStudy().results
    results.resolvedPipeline = text
    let files = text.contains("a.txt.zst") ? ["a.txt", "a.txt.zst"] : ["a.txt"]
    let relocated = try PackLayout.relocatedPipeline(
      of: results, files: files.map { PackFile(name: "corpora/c/\($0)", path: "/d/\($0)") },
      folders: ["/p/lib": "plugins"])
    #expect(relocated == expected)
  }

  @Test(arguments: [
    ("/d/it's.txt", "'/d/it''s.txt'", "'corpora/c/x'"),
    ("/d/a\"b.txt", "\"/d/a\\\"b.txt\"", "\"corpora/c/x\""),
    ("/d/中.txt", "\"/d/\\u4E2D.txt\"", "\"corpora/c/x\""),
    ("/d/é.txt", "\"/d/\\xE9.txt\"", "\"corpora/c/x\""),
    ("/d/😀.txt", "\"/d/\\U0001F600.txt\"", "\"corpora/c/x\""),
    ("/d/中.txt", "/d/中.txt", "corpora/c/x"),
    ("/d/with space.txt", "[/d/with space.txt]", "[corpora/c/x]"),
  ])
  func pathsAreFoundHoweverYAMLSpellsThem(
    _ path: String, _ text: String, _ expected: String
  ) throws {
    var results = try SmallStudy().results
    results.resolvedPipeline = text
    let relocated = try PackLayout.relocatedPipeline(
      of: results, files: [PackFile(name: "corpora/c/x", path: path)], folders: [:])
    #expect(relocated == expected)
  }

  @Test func pluginFolderThatIsNotNamedIsAnError() throws {
    var results = try SmallStudy().results
    results.resolvedPipeline = "plugins: [/elsewhere]\n"
    let error = #expect(throws: PackError.self) {
      try PackLayout.relocatedPipeline(
        of: results, files: [PackFile(name: "plugins/a.so", path: "/p/a.so")], folders: [:])
    }
    #expect(error?.code == .pipeline)
  }

  @Test func missingCheckpointIsAnError() throws {
    let study = try SmallStudy()
    study.results.runs[0].checkpoint = "runs/1/gone.safetensors"
    let error = #expect(throws: PackError.self) { try study.files() }
    #expect(error?.description.contains("gone.safetensors") == true)
  }

  @Test func checkpointThatIsAFolderGivesItsWeights() throws {
    let study = try SmallStudy()
    study.results.runs[0].checkpoint = "runs/1"
    #expect(
      try study.files().map(\.name).contains("checkpoints/scratch/60k/final.safetensors"))
  }
}
