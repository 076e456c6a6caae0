import Foundation
import GraphLanguage
import Graphs
import PluginSDK
import ReferenceEngine

/// A model's graph, with drawn parameters, run by the reference interpreter.
struct Described {
  let graph: Graph
  private let variables: [String: [Double]]

  init(_ model: any Architecture, batch: Shape) throws {
    graph = Graph()
    let tokens = graph.addInput("tokens", batch, .int32)
    let targets = graph.addInput("targets", batch, .int32)
    graph.addOutput("losses", try model.describe(tokens: tokens, targets: targets, in: graph))
    var generator = SystemlessGenerator(state: 20_240_702)
    var drawn: [String: [Double]] = [:]
    for variable in graph.variables {
      drawn[variable.name] = (0..<variable.shape.elementCount).map { _ in
        switch variable.initializer {
        case .constant(let value): Double(value)
        case .normal(let mean, let deviation):
          Double(mean) + Double(deviation) * generator.normal()
        case .uniform(let least, let greatest):
          Double(least) + Double(greatest - least) * generator.uniform()
        }
      }
    }
    variables = drawn
  }

  /// The losses of one batch.
  func losses(tokens: [Int], targets: [Int]) throws -> [Double] {
    let results = try ReferenceInterpreter(graph).run(
      inputs: ["tokens": tokens.map(Double.init), "targets": targets.map(Double.init)],
      variables: variables)
    return results.outputs["losses"]?.elements ?? []
  }

  /// The mean loss of one batch of different tokens.
  func meanLoss() throws -> Double {
    let count = graph.inputs[0].value.shape.elementCount
    let losses = try losses(
      tokens: (0..<count).map { $0 * 7 % 50 }, targets: (0..<count).map { ($0 * 7 + 7) % 50 })
    return losses.reduce(0, +) / Double(losses.count)
  }
}

extension Double {
  /// The natural logarithm.
  var logarithm: Double { log(self) }
}

/// Numbers that are the same in every run.
struct SystemlessGenerator {
  var state: UInt64

  /// A number in 0 ..< 1, by a linear congruence (Knuth, MMIX).
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53)
  }

  /// A normal number, by Box and Muller 1958.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
