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
  /// - Precondition: A function is given exactly where the declaration names one.
  /// - Throws: ``PluginError`` if the function gives no factor.
  package init(
    _ declaration: ScheduleDeclaration, peak: Double, updates: Int,
    function: (any ScheduleFunction)? = nil
  ) throws(PluginError) {
    precondition(
      (function != nil) == (declaration.shape == .function),
      "a function stands exactly where the declaration names one")
    let final = peak * declaration.finalFraction
    let warmup = min(updates, Int((declaration.warmup * Double(updates)).rounded()))
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
      let decay = min(rest, Int((declaration.decay * Double(updates)).rounded()))
      self = start.then(Segment(updates: rest - decay, from: peak, to: peak))
        .then(Segment(updates: decay, from: peak, to: final))
    case .function:
      let progress = (0..<rest).map { Double($0 + 1) / Double(rest) }
      let factors = try function?.factors(at: progress) ?? []
      self = start.then(Segment(rates: factors.map { peak * $0 }))
    }
  }
}
