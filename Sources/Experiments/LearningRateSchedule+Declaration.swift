package import Pipelines
package import Training

extension LearningRateSchedule {
  /// The schedule that a stage declares, over its updates.
  ///
  /// Fractions are rounded to whole updates; a decay never reaches into the warm-up.
  package init(_ declaration: ScheduleDeclaration, peak: Double, updates: Int) {
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
    }
  }
}
