import Experiments
import Foundation
import PluginBridges
import PluginSDK
import ReproducibilityPacks
import Testing

struct PackTests {
  @Test func sameInputGivesSameBytes() throws {
    let study = try SmallStudy()
    let (first, firstDigest) = try study.pack(as: "first.pack")
    // Neither the time nor the order of files may show.
    let touched = study.folder.appendingPathComponent("data/en/a.txt").path
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1), .posixPermissions: 0o600],
      ofItemAtPath: touched)
    let second = study.folder.appendingPathComponent("second.pack")
    let secondDigest = try PackWriter.write(
      results: study.results, files: try study.files().reversed(),
      texts: [PackLayout.report: Data("<!DOCTYPE html>".utf8)], to: second)
    #expect(try Data(contentsOf: first) == Data(contentsOf: second))
    #expect(firstDigest == secondDigest)
  }

  @Test func writtenPackIsSoundAndHoldsWhatItShould() throws {
    let study = try SmallStudy()
    let (url, digest) = try study.pack()
    let verification = try PackReader.verify(url, expecting: digest)
    #expect(verification.lines == [])
    #expect(verification.digest == digest)
    #expect(
      verification.manifest?.members.map(\.name) == [
        "checkpoints/scratch/60k.safetensors", "corpora/chinese/b.txt",
        "corpora/english/2/a.txt", "corpora/english/a.txt", "environment.json",
        "pipeline.resolved.yaml", "pipeline.yaml", "plugins/libbytes.so", "report/index.html",
        "results.json", "tokenizer/model.json",
      ])
  }

  /// A study whose plugin is a function of a library in one of some folders, with the plugin before it.
  private static func studyWithFunction(library name: String) throws -> SmallStudy {
    let study = try SmallStudy()
    let path = study.folder.path + "/more/" + name
    try FileManager.default.createDirectory(
      atPath: study.folder.path + "/more", withIntermediateDirectories: true)
    for path in [path, study.folder.path + "/more/law.function.yaml"] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    }
    // The SHA-256 of "x".
    let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    study.results.plugins.append(
      PluginRecord(
        identity: .direct("law", .scalingLaw),
        path: study.folder.path + "/more/law.function.yaml", sha256: digest,
        library: .init(path: path, sha256: digest, isSystem: false)))
    study.results.plugins.append(
      PluginRecord(
        identity: .direct("cosine", .schedule),
        path: study.folder.path + "/more/law.function.yaml", sha256: digest,
        library: .init(path: "/lib/libm.so.6", sha256: digest, isSystem: true)))
    return study
  }

  @Test func aFunctionsLibraryIsPackedBesideItsManifestUnlessItIsTheSystems() throws {
    let study = try Self.studyWithFunction(library: "liblaw.so")
    #expect(
      try study.files().map(\.name).filter { $0.hasPrefix("plugins/") } == [
        "plugins/libbytes.so", "plugins/law.function.yaml", "plugins/liblaw.so",
      ])
    let read = try PackReader.results(of: try study.pack().url)
    #expect(read.plugins == study.results.plugins)
  }

  @Test func aLibraryThatItsManifestWouldNotFindInThePackIsRefused() throws {
    let study = try Self.studyWithFunction(library: "libbytes.so")
    let error = #expect(throws: PackError.self) { try study.files() }
    #expect(try #require(error).description.contains("are called libbytes.so"))
  }

  @Test func resultsComeBackWithTheSameBits() throws {
    let study = try SmallStudy()
    let read = try PackReader.results(of: try study.pack().url)
    let comparison = PackComparison.compare(original: study.results, replayed: read)
    #expect(comparison.isSame, "\(comparison.summary)")
    #expect(read.seed == study.results.seed)
    #expect(read.runs.map(\.shape) == study.results.runs.map(\.shape))
    #expect(read.corpora == study.results.corpora)
    #expect(read.plugins == study.results.plugins)
    #expect(read.resolvedPipeline == study.results.resolvedPipeline)
  }

  @Test func extractedPackHoldsTheFilesAndAPipelineThatNamesThem() throws {
    let study = try SmallStudy()
    let out = study.folder.appendingPathComponent("out")
    try PackReader.extract(try study.pack().url, to: out)
    for file in try study.files() {
      #expect(
        try Data(contentsOf: out.appendingPathComponent(file.name))
          == Data(contentsOf: URL(fileURLWithPath: file.path)), "\(file.name)")
    }
    let pipeline = try String(
      contentsOf: out.appendingPathComponent("pipeline.resolved.yaml"), encoding: .utf8)
    #expect(
      pipeline == """
        plugins: ["plugins"]
        corpora:
          english: { files: [corpora/english/a.txt, 'corpora/english/2/a.txt'] }
          chinese: { files: ["corpora/chinese/b.txt"] }

        """)
    #expect(throws: PackError.self) { try PackReader.extract(try study.pack().url, to: out) }
  }

  @Test func packWithoutDataLeavesTheCorporaWhereTheyAre() throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("no-data.pack")
    _ = try PackWriter.write(
      results: study.results, files: try study.files(includingData: false), texts: [:], to: url)
    let out = study.folder.appendingPathComponent("out")
    try PackReader.extract(url, to: out)
    let pipeline = try String(
      contentsOf: out.appendingPathComponent("pipeline.resolved.yaml"), encoding: .utf8)
    #expect(pipeline.contains(study.folder.path + "/data/en/a.txt"))
    #expect(!FileManager.default.fileExists(atPath: out.path + "/corpora"))
  }

  @Test func signaturesGoWithTheirPlugins() throws {
    let study = try SmallStudy()
    try Data("a signature".utf8).write(
      to: study.folder.appendingPathComponent("plugins/libbytes.so.sig"))
    let out = study.folder.appendingPathComponent("out")
    try PackReader.extract(try study.pack().url, to: out)
    #expect(
      try Data(contentsOf: out.appendingPathComponent("plugins/libbytes.so.sig"))
        == Data("a signature".utf8))
  }

  @Test func tarReadsAPack() throws {
    let study = try SmallStudy()
    let (url, _) = try study.pack()
    let out = study.folder.appendingPathComponent("by-tar")
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-xf", url.path, "-C", out.path]
    try tar.run()
    tar.waitUntilExit()
    #expect(tar.terminationStatus == 0)
    for file in try study.files() {
      #expect(
        try Data(contentsOf: out.appendingPathComponent(file.name))
          == Data(contentsOf: URL(fileURLWithPath: file.path)), "\(file.name)")
    }
  }

  @Test func failedWriteLeavesTheOldPackAndNoOther() throws {
    let study = try SmallStudy()
    let (url, _) = try study.pack()
    let before = try Data(contentsOf: url)
    let missing = PackFile(name: "more", path: study.folder.path + "/missing")
    #expect(throws: PackError.self) {
      try PackWriter.write(results: study.results, files: [missing], texts: [:], to: url)
    }
    #expect(try Data(contentsOf: url) == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: study.folder.path)
    #expect(!names.contains { $0.hasSuffix(".part") })
  }

  @Test(arguments: ["plugins/libbytes.so", "data/en/more/a.txt", "cache/model.json"])
  func fileThatChangedSinceTheStudyIsNotPacked(name: String) throws {
    let study = try SmallStudy()
    try Data("changed".utf8).write(to: study.folder.appendingPathComponent(name))
    let error = #expect(throws: PackError.self) { try study.pack() }
    #expect(error?.description.contains("\(name) is not what the study read") == true)
  }

  @Test func studyWithRunsMissingIsNotPacked() throws {
    let study = try SmallStudy()
    study.results.missingRuns = ["cpt 60k", "cpt 120k"]
    let error = #expect(throws: PackError.self) { try study.pack() }
    #expect(error?.description.contains("not finished: cpt 60k, cpt 120k") == true)
  }

  @Test func extractedFolderIsThatOfThePackOnlyWhileNothingChanges() throws {
    let study = try SmallStudy()
    let out = study.folder.appendingPathComponent("out")
    let (url, _) = try study.pack()
    try PackReader.extract(url, to: out)
    try PackReader.checkExtracted(url, in: out)
    study.results.name = "other"
    let other = try study.pack(as: "other.pack").url
    let foreign = #expect(throws: PackError.self) {
      try PackReader.checkExtracted(other, in: out)
    }
    #expect(foreign?.description.contains("does not hold \(other.path)") == true)
    try Data("x".utf8).write(to: out.appendingPathComponent("pipeline.resolved.yaml"))
    let changed = #expect(throws: PackError.self) { try PackReader.checkExtracted(url, in: out) }
    #expect(changed?.description.contains("pipeline.resolved.yaml was changed") == true)
  }

  @Test(arguments: [
    "", "/etc/passwd", "../up", "a/../../b", "a//b", "a/", "./a", "a\\b", "line\nbreak",
    "results.json", "MANIFEST.json", "pipeline.yaml/below",
    String(repeating: "x", count: 101), String(repeating: "x/", count: 128) + "x",
  ])
  func badNameIsNotWritten(_ name: String) throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("bad.pack")
    #expect(throws: PackError.self) {
      try PackWriter.write(
        results: study.results, files: [], texts: [name: Data("x".utf8)], to: url)
    }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test func longNameThatTarCanSplitIsWrittenAndRead() throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("long.pack")
    let name = String(repeating: "folder/", count: 20) + String(repeating: "x", count: 100)
    _ = try PackWriter.write(
      results: study.results, files: [], texts: [name: Data("x".utf8)], to: url)
    #expect(try PackReader.verify(url, expecting: nil).isSound)
  }

  @Test func pipelineThatDoesNotNameAPackedCorpusIsRefused() throws {
    let study = try SmallStudy()
    study.results.resolvedPipeline = "plugins: [\(study.folder.path)/plugins]\n"
    let error = #expect(throws: PackError.self) { try study.pack() }
    #expect(error?.code == .pipeline)
  }
}
