import AdamW
import Foundation
import GPT2
import Llama
import PluginBridges
import PluginSDK
import SGD

/// What PyTorch computed for a model and its training, as Golden/make_golden.py writes it.
struct GoldenCase: Decodable {
  /// A plugin with its options.
  struct Chosen: Decodable {
    let plugin: String
    private let options: [String: GoldenOption]

    var values: OptionValues { OptionValues(options.mapValues(\.value)) }
  }

  /// The extents of the model.
  struct Extents: Decodable {
    let vocabulary: Int
    let context: Int
  }

  /// How the updates go.
  struct Schedule: Decodable {
    let clip: Double
    let learningRates: [Double]
  }

  /// One update, with the loss and the gradient before it.
  struct Step: Decodable {
    let loss: Double
    let gradientNorm: Double
  }

  /// A tensor: its norm, and a few entries by their place in row-major order.
  struct Summary: Decodable {
    let norm: Double
    let entries: [String: Double]
  }

  let model: Chosen
  let extents: Extents
  let optimizer: Chosen
  let schedule: Schedule
  let sequences: Int
  let positions: Int
  let tokens: [Int32]
  let targets: [Int32]
  let tokenLosses: [Double]
  let gradients: [String: Summary]
  let steps: [Step]
  /// The parameters after the last step.
  let trained: [String: Summary]

  /// The cases, by the names of their files.
  static let names = [
    "llama_grouped_tied_adamw", "llama_one_group_untied_sgd_nesterov", "gpt2_adamw",
    "gpt2_one_head_sgd",
  ]

  static func read(_ name: String) throws -> GoldenCase {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/\(name).json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(GoldenCase.self, from: Data(contentsOf: file))
  }

  /// The targets that are scored.
  var scored: Int { targets.count { $0 >= 0 } }

  func makeArchitecture() throws -> any Architecture {
    let factory: any ArchitectureFactory =
      model.plugin == "llama"
      ? DirectArchitectureFactory(Llama.self, name: "llama")
      : DirectArchitectureFactory(GPT2.self, name: "gpt2")
    return try factory.make(
      options: model.values,
      dimensions: ModelDimensions(vocabulary: extents.vocabulary, context: extents.context))
  }

  func makeOptimizer() throws -> any Optimizer {
    let factory: any OptimizerFactory =
      optimizer.plugin == "adamw"
      ? DirectOptimizerFactory(AdamW.self, name: "adamw")
      : DirectOptimizerFactory(SGD.self, name: "sgd")
    return try factory.make(options: optimizer.values)
  }
}

/// The value of an option as JSON writes it.
private struct GoldenOption: Decodable {
  let value: OptionValue

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      value = .boolean(flag)
    } else if let number = try? container.decode(Int.self) {
      value = .integer(number)
    } else {
      value = .real(try container.decode(Double.self))
    }
  }
}

/// The content of a parameter, by the formula of Golden/make_golden.py.
///
/// Multiples of 1/1024 from -1/2 to 1/2, around 1 for the weights of norms.
func goldenContent(of name: String, count: Int) -> [Float] {
  let center: Float = name.hasSuffix("norm.weight") ? 1 : 0
  // FNV-1a of the name.
  let hash = name.utf8.reduce(0x811c_9dc5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  return (0..<UInt32(count)).map { index in
    // The finalizer of MurmurHash3.
    var mixed = hash &+ index &* 0x9e37_79b9
    mixed = (mixed ^ mixed >> 16) &* 0x85eb_ca6b
    mixed = (mixed ^ mixed >> 13) &* 0xc2b2_ae35
    mixed ^= mixed >> 16
    return center + (Float(mixed >> 22) - 512) / 1024
  }
}
