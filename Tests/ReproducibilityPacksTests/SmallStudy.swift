import Crypto
import Experiments
import Foundation
import PluginSDK
import ReproducibilityPacks

/// A study of one run with files on disk, in a folder that goes when the value does.
final class SmallStudy {
  let folder: URL
  var results: StudyResults

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("small-study-\(UUID().uuidString)")
    let path = folder.path
    let texts = [
      "plugins/libbytes.so": "not really a library",
      "data/en/a.txt": String(repeating: "hello ", count: 300),
      "data/en/more/a.txt": "another file of the same name",
      "data/中文 it's/b.txt": "你好",
      "runs/1/final.safetensors": String(repeating: "w", count: 1024),
      "cache/model.json": "{}",
    ]
    for (name, text) in texts {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    results = SmallStudy.results(in: path)
    results.plugins[0].sha256 = try Self.digest(results.plugins[0].path)
    results.tokenizer.sha256 = try Self.digest("\(path)/\(results.tokenizer.path)")
    for corpus in results.corpora.indices {
      for file in results.corpora[corpus].files.indices {
        results.corpora[corpus].files[file].sha256 = try Self.digest(
          results.corpora[corpus].files[file].path)
      }
    }
  }

  private static func digest(_ path: String) throws -> String {
    SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path)))
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The files of a pack of it.
  func files(includingData: Bool = true) throws -> [PackFile] {
    try PackLayout.files(of: results, workspace: folder, includingData: includingData)
  }

  /// Writes a pack of it.
  @discardableResult
  func pack(as name: String = "study.pack") throws -> (url: URL, digest: PackDigest) {
    let url = folder.appendingPathComponent(name)
    let digest = try PackWriter.write(
      results: results, files: try files(),
      texts: [PackLayout.report: Data("<!DOCTYPE html>".utf8)], to: url)
    return (url, digest)
  }

  private static func results(in path: String) -> StudyResults {
    let evaluations = [0.1, Double.nan, -0.0, .infinity, 0.1 + 0.2].enumerated().map {
      EvaluationRecord(
        corpus: "english", step: $0.offset, tokens: 64 * $0.offset, exactFLOPs: 1e9 / 3,
        loss: $0.element, standardError: .leastNonzeroMagnitude,
        bitsPerByte: 1.7976931348623157e308,
        evaluatedTokens: 100)
    }
    return StudyResults(
      name: "small", pipelineText: "schema: 1\n",
      resolvedPipeline: """
        plugins: ["\(path)/plugins/"]
        corpora:
          english: { files: [\(path)/data/en/a.txt, '\(path)/data/en/more/a.txt'] }
          chinese: { files: ["\(path)/data/\\u4E2D\\u6587 it's/b.txt"] }

        """,
      seed: .max,
      environment: EnvironmentRecord(
        hostVersion: "0.1.0", operatingSystem: "Linux", processor: "cpu", engine: "cpu",
        swiftVersion: "6.3"),
      plugins: [
        PluginRecord(
          identity: PluginIdentity(
            name: "bytes", kind: .tokenizer, version: "0.1.0", abiMajor: 1, abiMinor: 0,
            concurrency: .serial, entry: "entry", capabilities: [], toolchain: "swift"),
          path: path + "/plugins/libbytes.so", sha256: "00")
      ],
      corpora: [
        corpus("english", [path + "/data/en/a.txt", path + "/data/en/more/a.txt"]),
        corpus("chinese", [path + "/data/中文 it's/b.txt"]),
      ],
      tokenizer: TokenizerRecord(
        plugin: "bytes", vocabulary: 257, sha256: "00", path: "cache/model.json"),
      runs: [
        RunRecord(
          id: "1", stage: "scratch", continuedFrom: nil, sourceRun: nil, size: "60k",
          shape: ["layers": .integer(2), "ratio": .real(0.1), "tied": .boolean(true)],
          parameters: ParameterCount(total: 70_000, embedding: 10_000), countedParameters: 60_000,
          tokens: 256, steps: 4, exactFLOPs: 1e9 / 7, approximateFLOPs: 9e7,
          sources: [
            SourceCount(corpus: "english", plannedTokens: 256, realisedTokens: 256, epochs: 0.1)
          ],
          evaluations: evaluations,
          trainingCurve: [TrainingPoint(step: 1, loss: 5.5, learningRate: 1e-3, gradientNorm: 1)],
          seconds: 1, tokensPerSecond: 256, checkpoint: "runs/1/final.safetensors")
      ],
      fits: [
        FitRecord(
          name: "law", plugin: "chinchilla", stage: "scratch", corpus: "english", failure: nil,
          parameters: [.init(name: "E", value: 1.7, isFrozen: false, isAtBound: false)],
          objective: 1e-9, evaluations: 12,
          points: [.init(run: "1", parameters: 6e4, tokens: 256, measured: 3, predicted: 3.01)],
          optima: [.init(compute: 1e9, parameters: 5e4, tokens: 3e3, loss: 2.9)], warnings: [])
      ],
      savings: [
        SavingsRecord(
          size: "60k", corpus: "english", scratchStage: "scratch", continuedStage: "cpt", loss: 3,
          measured: 0.25, predicted: nil, remark: nil)
      ],
      timings: [TimingRecord(part: "scratch", seconds: 1.5)])
  }

  private static func corpus(_ name: String, _ paths: [String]) -> CorpusRecord {
    CorpusRecord(
      name: name, language: "en", licence: nil,
      files: paths.map { .init(path: $0, byteCount: 1, sha256: "00") }, trainingDocuments: 3,
      trainingTokens: 900, trainingBytes: 1800, heldOutDocuments: 1, heldOutTokens: 100,
      heldOutBytes: 200, skipped: [])
  }
}

extension PackVerification {
  /// The findings, each as a line.
  var lines: [String] { findings.map(\.description) }
}
