package import Pipelines
package import PluginBridges
package import PluginSDK
package import Training

extension LearningRateSchedule {
  /// The schedule that a stage declares, over its updates.
  ///
  /// Fractions are rounded to whole updates; a decay never reaches into the warm-up. A function is
  /// asked once for all updates after the warm-up, its progress 1 at the last.
  ///
  /// - Parameters:
  ///   - declaration: What the stage says.
  ///   - peak: The peak rate.
  ///   - updates: How many there are.
  ///   - trunkUpdates: Of a branch the updates of its trunk, whose warm-up it has; else nil.
  ///   - function: The function that the declaration names.
  /// - Precondition: A function is given exactly where the declaration names one.
  /// - Throws: ``PluginError`` if the function gives no factor.
  package init(
    _ declaration: ScheduleDeclaration, peak: Double, updates: Int, trunkUpdates: Int? = nil,
    function: (any ScheduleFunction)? = nil
  ) throws(PluginError) {
    precondition(
      (function != nil) == (declaration.shape == .function),
      "a function stands exactly where the declaration names one")
    let final = peak * declaration.finalFraction
    let warmup = min(updates, declaration.warmupUpdates(of: trunkUpdates ?? updates))
    let rest = updates - warmup
    let start = LearningRateSchedule.warmup(updates: warmup, to: peak)
    switch declaration.shape {
    case .cosine:
      self = start.then(Segment(updates: rest, from: peak, to: final, curve: .halfCosine))
    case .constant:
      self = start.then(Segment(updates: rest, from: peak, to: peak))
    case .linear:
      self = start.then(Segment(updates: rest, from: peak, to: final))
    case .warmupStableDecay:
      let decay = min(rest, declaration.decayUpdates(of: updates))
      self = start.then(Segment(updates: rest - decay, from: peak, to: peak))
        .then(Segment(updates: decay, from: peak, to: final))
    case .function:
      let progress = (0..<rest).map { Double($0 + 1) / Double(rest) }
      let factors = try function?.factors(at: progress) ?? []
      self = start.then(Segment(rates: factors.map { peak * $0 }))
    }
  }
}

extension ScheduleDeclaration {
  /// The updates of the warm-up of a run.
  func warmupUpdates(of updates: Int) -> Int { Int((warmup * Double(updates)).rounded()) }

  /// The updates of the decay of a run.
  func decayUpdates(of updates: Int) -> Int { Int((decay * Double(updates)).rounded()) }
}
