package import Timing

/// What one thing that a plugin does costs, in each way that the host can have it done.
package struct PluginCost: Hashable, Sendable, Codable {
  /// How a plugin is called.
  package enum Way: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    /// The functions of its table by their pointers, and nothing else.
    case pointer
    /// Through the table as the host does it: in turn with others, on record, results checked.
    case host
    /// In a process of its own.
    case worker
  }

  package var name: String
  /// Nanoseconds a call; a way that does not apply is missing.
  package var nanoseconds: [Way: Spread]
  /// What one call handles, by unit: `bytes`, `tokens`, `points`, `nodes`.
  package var amounts: [String: Double]

  package init(
    _ name: String, _ nanoseconds: [Way: Spread], amounts: [String: Double] = [:]
  ) {
    self.name = name
    self.nanoseconds = nanoseconds
    self.amounts = amounts
  }

  /// The nanoseconds by which one way takes longer than another, at the medians; nil where either is
  /// missing.
  package func crossing(from first: Way, to second: Way) -> Double? {
    guard let first = nanoseconds[first], let second = nanoseconds[second] else { return nil }
    return second.median - first.median
  }

  /// The speed in a worker as a part of that in this process; nil where either is missing.
  package var workerSpeed: Double? {
    guard let host = nanoseconds[.host], let worker = nanoseconds[.worker] else { return nil }
    return host.median / worker.median
  }
}

/// What a plugin costs once it is loaded.
package struct PluginCosts: Hashable, Sendable, Codable {
  /// The function of its table that does least: what the boundary alone costs.
  package var boundary: PluginCost
  /// The least of what a run asks for.
  package var call: PluginCost
  /// What a run asks for, at sizes as they occur.
  package var work: [PluginCost]
  /// Making what is called, once.
  package var making: PluginCost
}

/// How a plugin's costs are measured.
package struct CostSettings: Sendable {
  /// What every random number follows from.
  package var laws: LawSettings
  /// The seconds for each measurement, and its rounds.
  package var seconds: Double
  package var rounds: Int

  package init(_ laws: LawSettings, seconds: Double, rounds: Int = 15) {
    self.laws = laws
    self.seconds = seconds
    self.rounds = rounds
  }
}
