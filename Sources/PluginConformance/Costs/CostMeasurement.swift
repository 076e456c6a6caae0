import PluginBridges
import PluginSDK
package import Timing

extension PluginCosts {
  /// Measures a plugin.
  ///
  /// - Parameters:
  ///   - here: The plugin in this process.
  ///   - worker: The same in a worker process.
  ///   - settings: How long, and with which options.
  ///   - others: Given what others took of the machine, at the end of each measurement in this process;
  ///     a worker would count as one of them.
  /// - Throws: What the plugin throws, or that no options are taken which follow from what it declares.
  package init(
    of here: PluginUnderTest, inWorker worker: PluginUnderTest, _ settings: CostSettings,
    others: @escaping (OthersShare) -> Void
  ) throws {
    let measurement = CostMeasurement(settings: settings, others: others)
    self =
      switch (here, worker) {
      case (.tokenizer(let here), .tokenizer(let worker)): try measurement.costs(here, worker)
      case (.architecture(let here), .architecture(let worker)):
        try measurement.costs(here, worker)
      case (.optimizer(let here), .optimizer(let worker)): try measurement.costs(here, worker)
      case (.dataMixer(let here), .dataMixer(let worker)): try measurement.costs(here, worker)
      case (.scalingLaw(let here), .scalingLaw(let worker)): try measurement.costs(here, worker)
      default: preconditionFailure("a plugin is of one kind, wherever it runs")
      }
  }
}

/// Times calls into one plugin.
struct CostMeasurement {
  let settings: CostSettings
  let others: (OthersShare) -> Void

  /// What a law would get to work with.
  func subject<Factory: Sendable>(
    _ factory: Factory, _ declarations: [OptionDeclaration]
  ) -> Subject<Factory> {
    Subject(factory: factory, declarations: declarations, settings: settings.laws)
  }

  /// Makes something once.
  func making<Made>(
    _ name: String, _ make: () throws -> Made
  ) throws -> (made: Made, cost: PluginCost) {
    let clock = ContinuousClock()
    let start = clock.now
    let made = try make()
    let nanoseconds = (clock.now - start) / .nanoseconds(1)
    return (made, PluginCost(name, [.host: Spread([nanoseconds])]))
  }

  /// Measures the function that does least.
  func boundary(_ calls: TableCalls) throws -> PluginCost {
    PluginCost(
      calls.function,
      try inTurn([(.pointer, { calls.byPointer($0) }), (.host, { try calls.byBridge($0) })]))
  }

  /// Measures one thing, by pointers where that is possible.
  func cost(
    _ name: String, amounts: [String: Double] = [:], byPointer: ((Int) -> Void)? = nil,
    here: @escaping (Int) throws -> Void, inWorker: @escaping (Int) throws -> Void
  ) throws -> PluginCost {
    var nanoseconds = try inTurn((byPointer.map { [(.pointer, $0)] } ?? []) + [(.host, here)])
    nanoseconds[.worker] = try Spread.nanosecondsForOne(
      seconds: settings.seconds, rounds: settings.rounds, inWorker)
    return PluginCost(name, nanoseconds, amounts: amounts)
  }

  /// Measures ways in this process.
  private func inTurn(
    _ ways: [(way: PluginCost.Way, calls: (Int) throws -> Void)]
  ) throws -> [PluginCost.Way: Spread] {
    let share = OthersShare()
    let spreads = try Spread.nanosecondsForOne(
      seconds: settings.seconds, rounds: settings.rounds, inTurn: ways.map(\.calls))
    others(share)
    return Dictionary(zip(ways.map(\.way), spreads)) { $1 }
  }
}

/// The calls of a factory's table; every library has one.
func tableFactory<Loaded>(_ factory: Any, _ type: Loaded.Type) throws -> Loaded {
  guard let loaded = factory as? Loaded else {
    throw Breach("it is not called through a table in this process")
  }
  return loaded
}
