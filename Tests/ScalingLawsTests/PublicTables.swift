import Foundation
import ScalingLaws
import TestFolders
import Testing

/// Public tables of losses, kept beside the repository and not in it.
enum PublicTables {
  static let folder = ProjectFolders.sharedData.appending(path: "scaling-laws")

  static let arePresent = FileManager.default.fileExists(
    atPath: folder.appending(path: "expected.json").path)

  /// A table whose least objective another implementation computed; it stands in `expected.json`
  /// beside the tables.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var file: String
    /// The columns that hold N, D and the loss.
    var columns: (size: String, tokens: String, loss: String)
    /// Which rows count.
    var keeps: @Sendable ([String: String]) -> Bool
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "chinchilla_svg_240", file: "chinchilla_epoch_svg.csv", columns: ("N", "D", "loss"),
      keeps: { $0["used_in_epoch_fit"] == "1" }),
    Case(
      name: "chinchilla_svg_245", file: "chinchilla_epoch_svg.csv", columns: ("N", "D", "loss"),
      keeps: { _ in true }),
    Case(
      name: "datablations_c4_1epoch", file: "datablations_c4.csv", columns: ("N", "D", "loss"),
      keeps: { $0["epochs"] == "1.0" }),
    openLM("c4_original"), openLM("rpj"), openLM("rw_original"),
  ]

  private static func openLM(_ set: String) -> Case {
    Case(
      name: "openlm_\(set)_c4val", file: "openlm_overtrain.csv",
      columns: ("N", "D", "loss_c4_val"), keeps: { $0["train_dataset"] == set })
  }

  /// Fine-tuning losses of one model family over the number of samples; mGPT is no GPT-2.
  static func fineTuning(_ family: String) -> Case {
    Case(
      name: "ft_flan_\(family.lowercased())", file: "finetune_rectified_flan.csv",
      columns: ("N", "D_samples", "test_loss"),
      keeps: {
        $0["family"] == family && $0["D_samples"] != "0" && $0["model"] != "ai-forever/mGPT"
      })
  }

  static func observations(_ table: Case) throws -> Observations {
    let text = try String(
      contentsOf: folder.appending(path: table.file), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = lines[0]
    let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
      .filter(table.keeps)
    func numbers(_ column: String) -> [Double] {
      rows.compactMap { $0[column].flatMap(Double.init) }
    }
    return try Observations(
      columns: ["N": numbers(table.columns.size), "D": numbers(table.columns.tokens)],
      losses: numbers(table.columns.loss))
  }

  /// What the other implementation reached.
  struct Expected: Decodable {
    struct Fit: Decodable {
      struct HeldOut: Decodable {
        var mape: Double
        var huber_fit: Double
      }
      var n: Int
      var huber_sum: Double
      var heldout: HeldOut
      var params: [String: Double]
      var boot: [String: Deviation]?
    }
    struct Deviation: Decodable {
      var sd: Double
    }
    struct FineTuning: Decodable {
      var n: Int
      var huber: Double
    }
    var fits: [String: Fit]
    var finetune: [String: FineTuning]
  }

  static func expected() throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
  }
}
