import Foundation
import PluginConformance
import PluginHost
import PluginSDK
import Reports
import Timing

/// What `cpt-host plugins bench --json` prints.
struct BenchOutput: Encodable {
  var format = 1
  /// One for each kind that the name has.
  var plugins: [BenchReport]
}

/// What calls of one plugin cost.
struct BenchReport: Encodable {
  var path: String
  var identity: PluginIdentity
  /// For each measurement.
  var seconds: Double
  /// Whether this program checks more than it would in use, and is slow for that.
  var isDebugBuild = _isDebugAssertConfiguration()
  /// The part of the machine that other processes took while the plugin ran in this one.
  var othersShare = 0.0
  var loading: [PluginCost]
  /// nil of a function manifest.
  var costs: PluginCosts?
  /// By libffi; nil of a library.
  var foreign: ForeignCallCost?
  /// Nanoseconds that crossing costs a call of ``PluginCosts/boundary``, and one to a worker of
  /// ``PluginCosts/call``.
  var crossing: Crossing?

  struct Crossing: Encodable {
    var host: Double?
    var worker: Double?
  }

  init(
    _ file: PluginFile, seconds: Double, loading: [PluginCost], costs: PluginCosts? = nil,
    foreign: ForeignCallCost? = nil
  ) {
    path = file.path
    identity = file.identity
    self.seconds = seconds
    self.loading = loading
    self.costs = costs
    self.foreign = foreign
    crossing = costs.map {
      Crossing(
        host: $0.boundary.crossing(from: .pointer, to: .host),
        worker: $0.call.crossing(from: .host, to: .worker))
    }
  }

  /// Whether the machine had so much else to do that the numbers say little.
  var isNoisy: Bool { othersShare > OthersShare.limit }

  private enum CodingKeys: CodingKey {
    case path, identity, seconds, isDebugBuild, othersShare, isNoisy, loading, costs, foreign,
      crossing
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(identity, forKey: .identity)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(isDebugBuild, forKey: .isDebugBuild)
    try container.encode(othersShare, forKey: .othersShare)
    try container.encode(isNoisy, forKey: .isNoisy)
    try container.encode(loading, forKey: .loading)
    try container.encodeIfPresent(costs, forKey: .costs)
    try container.encodeIfPresent(foreign, forKey: .foreign)
    try container.encodeIfPresent(crossing, forKey: .crossing)
  }
}

extension BenchReport {
  /// The report for people.
  var text: String {
    var lines = ["\(identity.name), \(identity.kind.name) \(identity.version), \(path)\n"]
    lines.append(Self.table(loading + (costs.map { [$0.making] } ?? []), "before the first call"))
    if let costs {
      lines.append(Self.table([costs.boundary, costs.call] + costs.work, "a call"))
      lines += sentences(costs)
    }
    if let foreign { lines += sentences(foreign) }
    lines.append("Medians; in brackets the least and the greatest of the rounds.\n")
    if isDebugBuild {
      lines.append("! This is a debug build: build it with '-c release' to measure.\n")
    }
    if isNoisy {
      lines.append(
        "! Other processes took \(Quantity.percent(othersShare)) of the machine meanwhile: "
          + "measure again where nothing else runs.\n")
    }
    return lines.joined()
  }

  private static func table(_ costs: [PluginCost], _ title: String) -> String {
    var table = TextTable(
      (title, .left), ("by pointer", .right), ("by the host", .right), ("in a worker", .right),
      ("worker's speed", .right), ("that is, by the host", .left))
    for cost in costs {
      func cell(_ way: PluginCost.Way) -> String {
        cost.nanoseconds[way].map(Self.time) ?? ""
      }
      table.append(
        cost.name, cell(.pointer), cell(.host), cell(.worker),
        cost.workerSpeed.map(Quantity.percent) ?? "", rates(of: cost))
    }
    return table.text
  }

  /// What a call handles a second, and what each of it takes.
  private static func rates(of cost: PluginCost) -> String {
    guard let nanoseconds = cost.nanoseconds[.host]?.median else { return "" }
    return cost.amounts.sorted { $0.key < $1.key }.compactMap { unit, amount in
      guard amount > 0 else { return nil }
      return unit == "bytes"
        ? "\(number(amount / nanoseconds * 1e3)) MB/s"
        : "\(time(nanoseconds / amount)) a \(unit.dropLast())"
    }.joined(separator: ", ")
  }

  private func sentences(_ costs: PluginCosts) -> [String] {
    var sentences: [String] = []
    if let crossing = costs.boundary.crossing(from: .pointer, to: .host) {
      sentences.append(
        "Crossing costs \(Self.time(crossing)) a call in this process: \(costs.boundary.name) by the "
          + "host beside the bare pointer.\n")
    }
    if let crossing = costs.call.crossing(from: .pointer, to: .host) {
      sentences.append(
        "With arguments and results carried over: \(Self.time(crossing)), for \(costs.call.name).\n"
      )
    }
    if let crossing = costs.call.crossing(from: .host, to: .worker) {
      sentences.append("Crossing to a worker costs \(Self.time(crossing)) more.\n")
    }
    return sentences
  }

  private func sentences(_ cost: ForeignCallCost) -> [String] {
    [
      "One point by libffi takes \(Self.time(cost.nanosecondsForOnePoint)); among "
        + "\(cost.pointCount) points each takes \(Self.time(cost.nanosecondsPerPoint)), "
        + (cost.isBatch ? "all in one call.\n" : "with a call of its own.\n")
    ]
  }

  /// A spread: `2.50 ns [2.46, 2.71]`.
  private static func time(_ spread: Spread) -> String {
    guard spread.rounds > 1 else { return time(spread.median) }
    let (unit, scale) = unit(of: spread.median)
    return "\(number(spread.median / scale)) \(unit) "
      + "[\(number(spread.least / scale)), \(number(spread.greatest / scale))]"
  }

  /// A time: `2.50 ns`, `17.3 µs`.
  private static func time(_ nanoseconds: Double) -> String {
    let (unit, scale) = unit(of: nanoseconds)
    return "\(number(nanoseconds / scale)) \(unit)"
  }

  private static func unit(of nanoseconds: Double) -> (name: String, scale: Double) {
    switch abs(nanoseconds) {
    case ..<1e3: ("ns", 1)
    case ..<1e6: ("µs", 1e3)
    case ..<1e9: ("ms", 1e6)
    default: ("s", 1e9)
    }
  }

  /// Three digits.
  private static func number(_ value: Double) -> String {
    let size = abs(value)
    return String(format: size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value)
  }
}
