import DCPT
import DataConstrained
import Farseer
import Glibc
import HernandezTransfer
import Kaplan
import PluginSDK
import PowerLaw
import ReplayForgetting
import ScalingLaws
import Testing

/// A law with parameters as published or of that order, and points at which all of them matter.
struct LawFormCase: CustomTestStringConvertible, Sendable {
  var name: String
  var law: any ScalingLaw
  var theta: [Double]
  /// The points of a seed.
  var points: @Sendable (inout SplitMix) -> [[Double]]
  var testDescription: String { name }

  static let all = [
    LawFormCase(
      name: "power-law", law: PowerLaw(of: "C", irreducible: true), theta: [1.6, 2e3, 0.17],
      points: { random in [spread(1e17...1e21, 20, &random)] }),
    LawFormCase(
      // Table of arXiv 2407.02118: the frontier from scratch.
      name: "power-law without E", law: PowerLaw(of: "C", irreducible: false),
      theta: [33.69907, 0.0579], points: { random in [spread(1e17...1e21, 12, &random)] }),
    LawFormCase(
      name: "kaplan", law: Kaplan(), theta: [8.8e13, 0.076, 5.4e13, 0.095],
      points: { random in Case.grid(sizes: 7, tokens: 6, using: &random) }),
    LawFormCase(
      name: "kaplan, small models", law: Kaplan(), theta: [7e9, 0.14, 3e11, 0.2],
      points: { random in Case.grid(sizes: 6, tokens: 6, using: &random) }),
    LawFormCase(
      name: "hernandez-transfer", law: HernandezTransfer(),
      theta: [1.5, 420, 0.35, 900, 0.32, 1.9e4, 0.18, 0.38],
      points: { random in
        // Target data from far below the transferred to far above.
        let sizes = spread(1e6...1e9, 7, &random)
        let tokens = spread(1e6...1e11, 9, &random)
        return [
          sizes.flatMap { size in tokens.map { _ in size } }, sizes.flatMap { _ in tokens },
        ]
      }),
    LawFormCase(
      name: "data-constrained", law: DataConstrained(excessParameters: true),
      theta: [1.87, 521, 0.3526596, 1488, 0.3526596, 15.387756, 5.309743], points: repeatedData),
    LawFormCase(
      name: "data-constrained, data alone", law: DataConstrained(excessParameters: false),
      theta: [1.87, 521, 0.35, 1488, 0.3526596, 15.387756], points: repeatedData),
    LawFormCase(
      name: "d-cpt", law: DCPT(), theta: [1.2, 300, 0.34, 700, 0.3, 0.3, 0.4, 0.5, 0.05],
      points: { random in
        let grid = Case.grid(sizes: 4, tokens: 4, using: &random)
        let shares = [0, 0.01, 0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1]
        return [
          grid[0].flatMap { size in shares.map { _ in size } },
          grid[1].flatMap { tokens in shares.map { _ in tokens } },
          grid[0].flatMap { _ in shares },
        ]
      }),
    LawFormCase(
      name: "replay-forgetting", law: ReplayForgetting(), theta: [120, 0.3, 0.7, 800],
      points: { random in
        let grid = Case.grid(sizes: 4, tokens: 5, using: &random)
        let shares = [0, 0.005, 0.01, 0.05, 0.2]
        let sizes = grid[0].flatMap { size in shares.map { _ in size } }
        return [
          sizes.map { 1.7 + 90 * pow($0, -0.3) }, sizes,
          grid[1].flatMap { tokens in shares.map { _ in tokens } }, grid[0].flatMap { _ in shares },
        ]
      }),
    LawFormCase(
      name: "farseer", law: Farseer(),
      theta: [2.6, -0.021, 0.169, 0.0019, 88, -0.1, -0.124, 0.123, 0.424],
      points: { random in
        let sizes = spread(2e8...6e9, 12, &random)
        let tokens = spread(2e9...5e11, 8, &random)
        return [
          sizes.flatMap { size in tokens.map { _ in size } }, sizes.flatMap { _ in tokens },
        ]
      }),
  ]

  /// Numbers about evenly spread over a range by their logs.
  private static func spread(
    _ range: ClosedRange<Double>, _ count: Int, _ random: inout SplitMix
  ) -> [Double] {
    (0..<count).map { step in
      let part = (Double(step) + Double.random(in: 0...0.8, using: &random)) / Double(count)
      return range.lowerBound * pow(range.upperBound / range.lowerBound, part)
    }
  }

  /// Runs of one epoch and of many, with models below and above the best size.
  @Sendable private static func repeatedData(_ random: inout SplitMix) -> [[Double]] {
    let sizes = spread(1e7...1e10, 6, &random)
    let tokens = spread(1e9...1e12, 6, &random)
    let parts = [1.0, 0.25, 0.05, 0.01]
    var columns: [[Double]] = [[], [], []]
    for size in sizes {
      for count in tokens {
        for part in parts {
          columns[0].append(size)
          columns[1].append(count)
          columns[2].append(count * part)
        }
      }
    }
    return columns
  }
}
