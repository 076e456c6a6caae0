import ArgumentParser
import Foundation
import ScalingLaws

/// How intervals are drawn.
struct IntervalArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How often to fit again on runs drawn with replacement, for intervals; 0 for none. A fit that \
      holds draws needs no new ones.
      """,
      valueName: "draws"))
  var bootstrap: Int?

  @Option(help: ArgumentHelp("The level of intervals, between 0 and 1.", valueName: "share"))
  var level = 0.95

  @Option(help: ArgumentHelp("The seed of the draws.", valueName: "number"))
  var seed: UInt64?

  /// How many draws a command makes where nobody says.
  static let usualDraws = 1000

  func validate() throws {
    if let bootstrap, !(0...1_000_000).contains(bootstrap) {
      throw ValidationError("--bootstrap \(bootstrap): the draws lie between 0 and 1000000")
    }
    guard level > 0, level < 1 else {
      throw ValidationError("--level \(level): a level lies between 0 and 1, for instance 0.9")
    }
  }

  /// One for each core; results do not depend on it.
  static var threads: Int { ProcessInfo.processInfo.activeProcessorCount }
}

/// Values of variables of a law other than N and D.
struct FixedVariables: ParsableArguments {
  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "The value of a variable of the law other than N and D; may be repeated.",
      valueName: "variable=number"))
  var values: [String] = []

  /// Reads the values.
  ///
  /// - Throws: `ValidationError` for one that is none, or that the law does not have.
  func read(for law: [String]) throws -> [String: Double] {
    var fixed: [String: Double] = [:]
    let open = law.filter { $0 != "N" && $0 != "D" }
    for argument in values {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
        throw ValidationError("--at \(argument) is not of the form variable=number")
      }
      guard open.contains(parts[0]) else {
        throw ValidationError(
          "--at \(argument): the law's variables besides N and D are "
            + (open.isEmpty ? "none" : open.joined(separator: ", ")))
      }
      fixed[parts[0]] = value
    }
    return fixed
  }
}
