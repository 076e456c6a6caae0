import Foundation
import TestFolders
import Testing

/// The benchmarks run; what they measure is nobody's business here.
@Suite struct BenchmarkTests {
  private static let bench = ProjectFolders.products.appending(path: "cpt-bench")

  private struct Results: Decodable {
    struct Machine: Decodable { var peakFLOPs: Double }
    struct Training: Decodable {
      struct Start: Decodable { var total: Double }
      var parts: [[String: JSONValue]]
      var peakMemory: Int
      var shareOfPeak: Double
      var start: Start
    }
    struct Operation: Decodable {
      var name: String
      var share: Double
    }
    struct Task: Decodable { var rates: [String: Double] }
    var machine: Machine
    var training: [Training]
    var operations: [Operation]
    var data: [Task]
  }

  /// Any value: only that it is there counts.
  private struct JSONValue: Decodable { init(from decoder: any Decoder) {} }

  @Test func theWholeSuiteRunsOnTheSmallestModel() throws {
    let folder = try TemporaryFolder()
    let run = try HostProcess.run(
      [
        "--extent", "smoke", "--seconds", "0", "--repetitions", "1", "--json",
        folder.path("results/smoke.json"),
      ], host: Self.bench)
    try #require(run.status == 0, "\(run.errors)")
    let results = try JSONDecoder().decode(
      Results.self,
      from: Data(contentsOf: folder.url.appending(path: "results/smoke.json")))
    #expect(results.machine.peakFLOPs > 0)
    let training = try #require(results.training.first)
    #expect(!training.parts.isEmpty)
    #expect(training.peakMemory > 0)
    #expect(training.shareOfPeak > 0)
    #expect(training.start.total > 0)
    #expect(!results.operations.isEmpty && results.operations.allSatisfy { $0.share > 0 })
    #expect(results.data.allSatisfy { task in task.rates.values.allSatisfy { $0 > 0 } })
    for name in ["smallest", "AdamW update", "byte-pair training"] {
      #expect(run.output.contains(name))
    }
  }

  @Test func aModelThatIsNotThereIsRefusedByName() throws {
    let run = try HostProcess.run(["training", "tyni-8k"], host: Self.bench)
    #expect(run.status == 64)
    #expect(run.errors.contains("'tyni-8k'"))
    #expect(run.errors.contains("tiny-8k"))
  }
}
