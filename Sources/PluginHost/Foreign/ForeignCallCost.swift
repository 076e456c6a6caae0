import PluginBridges
import PluginSDK

/// What calls of a foreign function cost.
package struct ForeignCallCost: Hashable, Sendable, Codable {
  /// Whether one call serves many points, or elements of an update.
  package var isBatch: Bool
  /// Nanoseconds for one point alone, buffers of the call included.
  package var nanosecondsForOnePoint: Double
  /// Nanoseconds a point among ``pointCount``.
  package var nanosecondsPerPoint: Double
  package var pointCount: Int
}

extension OpenFunction {
  /// Measures calls at the first self-test's inputs: the median of some repetitions.
  package func measureCost(pointCount: Int = 4096) throws -> ForeignCallCost {
    func nanoseconds(points: Int, calls: Int) throws -> Double {
      let call = try repeatable(points: points)
      let times = try (0..<7).map { _ in
        let start = ContinuousClock.now
        for _ in 0..<calls { try call() }
        let spent = (ContinuousClock.now - start).components
        return (Double(spent.seconds) * 1e9 + Double(spent.attoseconds) * 1e-9) / Double(calls)
      }
      return times.sorted()[3]
    }
    return ForeignCallCost(
      isBatch: function.main.isBatch,
      nanosecondsForOnePoint: try nanoseconds(points: 1, calls: 2000),
      nanosecondsPerPoint: try nanoseconds(points: pointCount, calls: 8) / Double(pointCount),
      pointCount: pointCount)
  }

  /// A call at the first self-test's inputs, repeated for some points.
  private func repeatable(points: Int) throws -> () throws -> Void {
    switch (function.place, function.selfTests[0].content) {
    case (.optimizer(let update), .update(let example)):
      let places = (0..<points).map { $0 % example.gradient.count }
      let buffers = UpdateTrial.Buffers(example, places: places)
      return { try buffers.run(self.main, update, example) }
    case (let place, .point(let inputs, _)):
      var variableCount = 1
      if case .scalingLaw(let law) = place { variableCount = law.variables.count }
      let columns = inputs.prefix(variableCount).map { Array(repeating: $0, count: points) }
      let theta = Array(inputs.dropFirst(variableCount))
      return { _ = try self.main.run(columns, theta: theta) }
    case (_, .update): preconditionFailure("a self-test for another place was decoded")
    }
  }
}
