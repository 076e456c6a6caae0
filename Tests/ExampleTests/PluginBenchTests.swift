import Foundation
import TestFolders
import Testing

/// `cpt-host plugins bench` measures each kind in every way, whatever the numbers are.
@Suite(.serialized) struct PluginBenchTests {
  /// What the command prints as JSON, as far as the tests read it.
  private struct Output: Decodable {
    struct Spread: Decodable {
      var median: Double
      var least: Double
      var greatest: Double
      var rounds: Int
    }

    struct Cost: Decodable {
      var name: String
      var nanoseconds: [String: Spread]
      var amounts: [String: Double]
    }

    struct Costs: Decodable {
      var boundary: Cost
      var call: Cost
      var work: [Cost]
      var making: Cost
    }

    struct Foreign: Decodable {
      var nanosecondsForOnePoint: Double
      var nanosecondsPerPoint: Double
      var pointCount: Int
    }

    struct Report: Decodable {
      struct Identity: Decodable { var name: String }
      var path: String
      var identity: Identity
      var othersShare: Double
      var isNoisy: Bool
      var isDebugBuild: Bool
      var loading: [Cost]
      var costs: Costs?
      var foreign: Foreign?
      var crossing: [String: Double]?
    }

    var format: Int
    var plugins: [Report]
  }

  /// A plugin with what is measured of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let library: String
    let boundary: String
    let call: String
    let work: [String]
    let unit: String
    var testDescription: String { library }
  }

  static let cases = [
    Case(
      library: "Bytes", boundary: "vocabulary_size", call: "encode 1 byte",
      work: ["encode 200 bytes", "encode 2000 bytes", "encode 20000 bytes"], unit: "tokens"),
    Case(
      library: "Chinchilla", boundary: "variable_count", call: "loss at 1 point",
      work: [
        "loss and gradient at 1 point", "loss and gradient at 100 points",
        "loss and gradient at 10000 points",
      ], unit: "points"),
    Case(
      library: "Weighted", boundary: "source_count", call: "weights", work: [], unit: "sources"),
    Case(
      library: "Llama", boundary: "parameter_count", call: "parameter count",
      work: ["describe ", "describe "], unit: "nodes"),
    Case(
      library: "AdamW", boundary: "state_count", call: "states of a matrix",
      work: ["describe the update of a matrix"], unit: "nodes"),
  ]

  private static let quick = ["--seconds", "0.002"]

  private static func library(_ name: String) -> String {
    ProjectFolders.products.appending(path: "lib\(name).so").path(percentEncoded: false)
  }

  @Test(arguments: cases)
  func everyKindIsMeasuredInEveryWay(plugin: Case) throws {
    let run = try HostProcess.run(
      ["plugins", "bench", Self.library(plugin.library), "--json"] + Self.quick)
    try #require(run.status == 0, "\(run.errors)")
    let output = try JSONDecoder().decode(Output.self, from: Data(run.output.utf8))
    let report = try #require(output.plugins.first)
    #expect(output.format == 1 && output.plugins.count == 1)
    #expect(report.path == Self.library(plugin.library) && report.foreign == nil)
    let costs = try #require(report.costs)
    #expect(costs.boundary.name == plugin.boundary && costs.call.name == plugin.call)
    #expect(Set(costs.boundary.nanoseconds.keys) == ["pointer", "host"])
    #expect(Set(costs.call.nanoseconds.keys) == ["pointer", "host", "worker"])
    #expect(costs.work.count == plugin.work.count)
    for (cost, name) in zip(costs.work, plugin.work) {
      #expect(cost.name.hasPrefix(name))
      #expect(Set(cost.nanoseconds.keys) == ["host", "worker"])
      #expect(cost.amounts[plugin.unit, default: 0] > 0)
    }
    #expect(
      report.loading.map(\.name) == [
        "inspect the file", "SHA-256 of the file", "load it, checked", "load it again, checked",
      ])
    for cost in report.loading + costs.work + [costs.boundary, costs.call, costs.making] {
      for spread in cost.nanoseconds.values {
        #expect(spread.least > 0 && spread.rounds > 0)
        #expect(spread.least <= spread.median && spread.median <= spread.greatest)
      }
    }
    #expect(Set(try #require(report.crossing).keys) == ["host", "worker"])
    #expect(report.isNoisy == (report.othersShare > 0.05))
  }

  @Test func peopleGetATableAndWhatCrossingCosts() throws {
    let run = try HostProcess.run(["plugins", "bench", "weighted"] + Self.quick)
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("weighted, data-mixer 1."))
    for text in [
      "before the first call", "a call", "source_count", "weights", "inspect the file",
      "Crossing costs ", "Crossing to a worker costs ", "[",
    ] {
      #expect(run.output.contains(text), "\(run.output)")
    }
  }

  @Test func functionManifestIsMeasuredByLibffi() throws {
    let manifest = ProjectFolders.repository.appending(
      path: "Examples/functions/half-cosine.function.yaml")
    let path = manifest.path(percentEncoded: false)
    let run = try HostProcess.run(["plugins", "bench", path, "--json"] + Self.quick)
    try #require(run.status == 0, "\(run.errors)")
    let output = try JSONDecoder().decode(Output.self, from: Data(run.output.utf8))
    let report = try #require(output.plugins.first)
    let foreign = try #require(report.foreign)
    #expect(report.costs == nil && report.identity.name == "half-cosine")
    #expect(foreign.nanosecondsForOnePoint > 0 && foreign.nanosecondsPerPoint > 0)
    #expect(foreign.pointCount > 1)
    let text = try HostProcess.run(["plugins", "bench", path] + Self.quick)
    #expect(text.output.contains("One point by libffi takes "), "\(text.output)\(text.errors)")
  }

  @Test(arguments: [
    ("missing.so", "cannot be opened"), ("text.so", "text.so"),
    ("broken.function.yaml", "broken.function.yaml"), ("nobody", "there is no plugin 'nobody'"),
  ])
  func whatIsNoPluginIsSaidInOneSentence(name: String, mention: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("text.so", "not a library")
    _ = try folder.write("broken.function.yaml", "schema: 1\nkind: schedul\n")
    let plugin = name.contains(".") ? folder.path(name) : name
    let run = try HostProcess.run(["plugins", "bench", plugin] + Self.quick)
    #expect(run.status == 2, "\(run.errors)")
    #expect(run.output.isEmpty && run.errors.contains(mention), "\(run.errors)")
    #expect(!run.errors.contains("was running") && !run.errors.contains("Fatal"))
  }

  @Test func unknownOptionIsSaidWithWhatThereIs() throws {
    let run = try HostProcess.run(
      ["plugins", "bench", "byte-pair", "--set", "vocabulry=512"] + Self.quick)
    #expect(run.status == 2 && run.errors.contains("there is no option 'vocabulry'"))
  }
}
