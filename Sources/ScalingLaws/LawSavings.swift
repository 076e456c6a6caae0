// N  parameters of the model
// D  tokens it was trained on; those of a continued run after the switch
// C  training FLOPs, counted as 6 N D; the source pre-training is not counted
import Glibc
package import PluginSDK

/// What continuing saves against training from scratch, as a law of each predicts it.
///
/// Definitions after Zheng et al., arXiv 2407.02118, figure 2. All functions take the parameters of
/// both laws, so that draws of both fits can be carried through them.
package struct LawSavings: Sendable {
  package let scratch: any ScalingLaw
  package let continued: any ScalingLaw

  package init(scratch: any ScalingLaw, continued: any ScalingLaw) {
    self.scratch = scratch
    self.continued = continued
  }

  /// The saved share of the FLOPs from scratch at one loss, each strategy with its own best size.
  ///
  /// It is 1 where only continuing reaches the loss and minus infinity where only scratch does.
  ///
  /// - Throws: ``ScalingLawError`` with `unreachableLoss` if neither reaches the loss; else as
  ///   ``ScalingLaw/cheapestModel(_:loss:limits:)``.
  package func savedCompute(
    _ scratchTheta: [Double], _ continuedTheta: [Double], loss: Double
  ) throws(ScalingLawError) -> Double {
    try saved(
      cost(scratch, scratchTheta, loss: loss), cost(continued, continuedTheta, loss: loss),
      loss: loss)
  }

  /// The saved share of the FLOPs, or tokens, from scratch at one loss and one model size.
  ///
  /// - Throws: As ``savedCompute(_:_:loss:)``.
  package func savedCompute(
    _ scratchTheta: [Double], _ continuedTheta: [Double], loss: Double, parameters: Double
  ) throws(ScalingLawError) -> Double {
    try saved(
      tokens(scratch, scratchTheta, parameters: parameters, loss: loss),
      tokens(continued, continuedTheta, parameters: parameters, loss: loss), loss: loss)
  }

  /// The tokens from scratch to the loss of a continued run of the same size; infinite if it never
  /// gets there.
  ///
  /// - Throws: ``ScalingLawError`` with `unsuitableLaw` or `lawFailed`.
  package func scratchTokens(
    _ scratchTheta: [Double], _ continuedTheta: [Double], at run: Allocation
  ) throws(ScalingLawError) -> Double {
    let loss = try continued.loss(continuedTheta, at: run)
    return try tokens(scratch, scratchTheta, parameters: run.parameters, loss: loss)
  }

  /// The effectively transferred data: how many more tokens training from scratch takes to the loss
  /// of a continued run of the same size, below 0 if it takes fewer; infinite if it never gets there.
  ///
  /// - Throws: ``ScalingLawError`` with `unsuitableLaw` or `lawFailed`.
  package func transferredTokens(
    _ scratchTheta: [Double], _ continuedTheta: [Double], at run: Allocation
  ) throws(ScalingLawError) -> Double {
    try scratchTokens(scratchTheta, continuedTheta, at: run) - run.tokens
  }

  /// The tokens from which on scratch is ahead at one model size.
  ///
  /// - Parameters:
  ///   - scratchTheta: The parameters of the law from scratch.
  ///   - continuedTheta: The parameters of the law of continuing.
  ///   - parameters: The model size.
  ///   - search: The tokens to look at.
  /// - Returns: D; 0 if scratch is ahead from the start, and infinity if continuing is at the end.
  /// - Throws: ``ScalingLawError`` with `unsuitableLaw` or `lawFailed`.
  package func crossoverTokens(
    _ scratchTheta: [Double], _ continuedTheta: [Double], parameters: Double,
    search: ClosedRange<Double>
  ) throws(ScalingLawError) -> Double {
    try crossover(search) { place throws(ScalingLawError) in
      let run = Allocation(parameters: parameters, tokens: place)
      return try scratch.loss(scratchTheta, at: run) - continued.loss(continuedTheta, at: run)
    }
  }

  /// The compute from which on scratch is ahead, each strategy with its own best size.
  ///
  /// - Parameters:
  ///   - scratchTheta: The parameters of the law from scratch.
  ///   - continuedTheta: The parameters of the law of continuing.
  ///   - search: The FLOPs to look at.
  /// - Returns: C; 0 if scratch is ahead from the start, and infinity if continuing is at the end.
  /// - Throws: As ``ScalingLaw/bestAllocation(_:compute:)``.
  package func crossoverCompute(
    _ scratchTheta: [Double], _ continuedTheta: [Double], search: ClosedRange<Double>
  ) throws(ScalingLawError) -> Double {
    try crossover(search) { place throws(ScalingLawError) in
      let own = try scratch.bestAllocation(scratchTheta, compute: place)
      let other = try continued.bestAllocation(continuedTheta, compute: place)
      return try scratch.loss(scratchTheta, at: own) - continued.loss(continuedTheta, at: other)
    }
  }

  /// The first place where the lead of continuing turns into that of scratch.
  private func crossover(
    _ search: ClosedRange<Double>, lead: (Double) throws(ScalingLawError) -> Double
  ) throws(ScalingLawError) -> Double {
    let steps = 100
    let (first, last) = (log(search.lowerBound), log(search.upperBound))
    var wasAhead = false
    var previous = first
    for step in 0...steps {
      let place = first + (last - first) * Double(step) / Double(steps)
      let isAhead = try lead(exp(place)) > 0
      if wasAhead, !isAhead {
        var (low, high) = (previous, place)
        for _ in 0..<50 {
          let middle = 0.5 * (low + high)
          if try lead(exp(middle)) > 0 { low = middle } else { high = middle }
        }
        return exp(0.5 * (low + high))
      }
      wasAhead = isAhead
      previous = place
    }
    return wasAhead ? .infinity : 0
  }

  private func saved(
    _ scratchCost: Double, _ continuedCost: Double, loss: Double
  ) throws(ScalingLawError) -> Double {
    guard scratchCost.isFinite || continuedCost.isFinite else {
      throw ScalingLawError(
        .unreachableLoss, "neither law predicts a loss of \(loss) at any compute: ask for more")
    }
    guard scratchCost.isFinite else { return 1 }
    return (scratchCost - continuedCost) / scratchCost
  }

  /// The least FLOPs to a loss, infinite if none reach it.
  private func cost(
    _ law: any ScalingLaw, _ theta: [Double], loss: Double
  ) throws(ScalingLawError) -> Double {
    do throws(ScalingLawError) {
      return try law.cheapestModel(theta, loss: loss, limits: AllocationLimits()).compute
    } catch {
      guard error.code == .unreachableLoss else { throw error }
      return .infinity
    }
  }

  /// The tokens that bring a size to a loss: infinite if none do, 1 if one token is enough.
  private func tokens(
    _ law: any ScalingLaw, _ theta: [Double], parameters: Double, loss: Double
  ) throws(ScalingLawError) -> Double {
    if let tokens = try law.tokens(theta, parameters: parameters, forLoss: loss) { return tokens }
    let atOne = try law.loss(theta, at: Allocation(parameters: parameters, tokens: 1))
    return atOne < loss ? 1 : .infinity
  }
}
