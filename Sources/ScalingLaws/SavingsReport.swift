// N  parameters of the model
// D  tokens it was trained on; those of a continued run after the switch
// C  training FLOPs, counted as 6 N D; the source pre-training is not counted
package import PluginSDK

/// One side of a comparison of strategies.
package struct StrategyFit: Sendable {
  package var law: any ScalingLaw
  package var fit: LawFit
  package var observations: Observations
  /// Nil where no intervals are wanted.
  package var draws: FitDraws?

  package init(
    law: any ScalingLaw, fit: LawFit, observations: Observations, draws: FitDraws?
  ) {
    self.law = law
    self.fit = fit
    self.observations = observations
    self.draws = draws
  }
}

/// What continuing saves against training from scratch by the fits of both, with how well it is known.
package struct SavingsReport: Hashable, Sendable, Codable {
  /// A number with its interval.
  package struct Estimate: Hashable, Sendable, Codable {
    /// Nil if a strategy never gets there, or a law has no best size.
    package var value: Double?
    /// Nil without draws.
    package var interval: Interval?
  }

  /// Where training from scratch overtakes.
  package struct Crossover: Hashable, Sendable, Codable {
    package enum Place: String, Hashable, Sendable, Codable {
      /// Where both strategies were measured.
      case measured
      /// Outside of what both were measured at.
      case extrapolated
      /// Scratch is ahead from the start.
      case fromTheStart
      /// Not as far as was looked.
      case notFound
      /// A law has no best size, so there is no frontier to compare.
      case undefined
    }

    package var place: Place
    /// D or C; nil if it was not found or is from the start.
    package var value: Double?
    /// Where it lies over the draws; nil without any.
    ///
    /// Draws without a crossover count as infinite, and those with scratch ahead from the start as 0.
    package var interval: Interval?
    /// By how much it lies outside of the data, where it does.
    package var extrapolation: Extrapolation?
    /// How far was looked.
    package var searched: Double
  }

  /// Where both strategies are compared.
  package struct Place: Hashable, Sendable, Codable {
    /// Nats a token.
    package var loss: Double
    /// N.
    package var parameters: Double
    /// D of the continued run.
    package var tokens: Double

    package init(loss: Double, parameters: Double, tokens: Double) {
      self.loss = loss
      self.parameters = parameters
      self.tokens = tokens
    }
  }

  package let place: Place
  /// The saved share of the FLOPs from scratch at the loss, each strategy with its own best size.
  package let savedAtBestSizes: Estimate
  /// The saved share of the FLOPs from scratch at the loss and the size.
  package let savedAtOneSize: Estimate
  /// The effectively transferred data of the continued run, tokens.
  package let transferredTokens: Estimate
  /// In C, each strategy with its own best size.
  package let crossoverCompute: Crossover
  /// In D, at the size.
  package let crossoverTokens: Crossover
  /// Where the place lies outside of what either fit has seen.
  package let extrapolations: [Extrapolation]

  /// How many times beyond the data a crossover is looked for.
  private static let reach = 1e6

  /// Compares the strategies.
  ///
  /// - Parameters:
  ///   - scratch: The fit to runs from scratch.
  ///   - continued: The fit to continued runs.
  ///   - place: Where to compare.
  ///   - level: The level of the intervals.
  ///   - threads: How many threads to use; the result does not depend on it.
  /// - Throws: ``ScalingLawError`` as the functions of ``LawSavings``.
  package init(
    scratch: StrategyFit, continued: StrategyFit, at place: Place, level: Double, threads: Int
  ) throws(ScalingLawError) {
    let savings = LawSavings(scratch: scratch.law, continued: continued.law)
    let run = Allocation(parameters: place.parameters, tokens: place.tokens)
    let compute = Self.common(
      try scratch.observations.computeRange(), try continued.observations.computeRange())
    let tokens = Self.common(
      try Self.range("D", of: scratch.fit), try Self.range("D", of: continued.fit))
    let computeSearch = compute.least...compute.greatest * Self.reach
    let tokenSearch = tokens.least...tokens.greatest * Self.reach
    @Sendable func numbers(
      _ own: [Double], _ other: [Double]
    ) throws(ScalingLawError) -> [Double] {
      [
        try Self.defined { () throws(ScalingLawError) in
          try savings.savedCompute(own, other, loss: place.loss)
        },
        try Self.defined { () throws(ScalingLawError) in
          try savings.savedCompute(own, other, loss: place.loss, parameters: place.parameters)
        },
        try savings.transferredTokens(own, other, at: run),
        try Self.defined { () throws(ScalingLawError) in
          try savings.crossoverCompute(own, other, search: computeSearch)
        },
        try savings.crossoverTokens(
          own, other, parameters: place.parameters, search: tokenSearch),
      ]
    }
    let values = try numbers(scratch.fit.theta, continued.fit.theta)
    var intervals: [Interval]?
    if let own = scratch.draws, let other = continued.draws {
      intervals = try own.intervals(with: other, level: level, threads: threads) {
        own, other throws(ScalingLawError) in try numbers(own, other)
      }
    }
    func estimate(_ index: Int) -> Estimate {
      Estimate(
        value: values[index].isFinite ? values[index] : nil, interval: intervals?[index])
    }
    self.place = place
    savedAtBestSizes = estimate(0)
    savedAtOneSize = estimate(1)
    transferredTokens = estimate(2)
    crossoverCompute = Self.crossover(
      values[3], intervals?[3], within: compute, searched: computeSearch.upperBound)
    crossoverTokens = Self.crossover(
      values[4], intervals?[4], within: tokens, searched: tokenSearch.upperBound)
    let point = ["N": place.parameters, "D": place.tokens]
    extrapolations =
      scratch.fit.extrapolations(at: point) + continued.fit.extrapolations(at: point)
  }

  /// Where to compare two fits if nobody says: at the greatest size and the least loss that both were
  /// measured at, and the most tokens of a continued run.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if N or D is missing.
  package static func usualPlace(
    scratch: StrategyFit, continued: StrategyFit
  ) throws(ScalingLawError) -> Place {
    let losses = [scratch, continued].map { $0.observations.losses.min() ?? 0 }
    let size = common(try range("N", of: scratch.fit), try range("N", of: continued.fit)).greatest
    return Place(
      loss: max(losses[0], losses[1]), parameters: size,
      tokens: try range("D", of: continued.fit).greatest)
  }

  /// A number, or not one where neither strategy reaches the loss or a law has no best size.
  private static func defined(
    _ number: () throws(ScalingLawError) -> Double
  ) throws(ScalingLawError) -> Double {
    do throws(ScalingLawError) {
      return try number()
    } catch {
      guard error.code == .unreachableLoss || error.code == .noInteriorOptimum else { throw error }
      return .nan
    }
  }

  private static func range(
    _ variable: String, of fit: LawFit
  ) throws(ScalingLawError) -> ObservedRange {
    guard let range = fit.ranges.first(where: { $0.variable == variable }) else {
      throw ScalingLawError(
        .unsuitableLaw,
        "savings are computed from laws of N and D; one of these laws does not depend on \(variable)"
      )
    }
    return range
  }

  /// What both ranges hold; where they hold nothing in common, the gap between them.
  private static func common(_ one: ObservedRange, _ other: ObservedRange) -> ObservedRange {
    let ends = [max(one.least, other.least), min(one.greatest, other.greatest)].sorted()
    return ObservedRange(
      variable: one.variable, least: ends[0], greatest: ends[1],
      distinct: min(one.distinct, other.distinct))
  }

  private static func crossover(
    _ value: Double, _ interval: Interval?, within range: ObservedRange, searched: Double
  ) -> Crossover {
    let isFound = value > 0 && value.isFinite
    let extrapolation = isFound ? range.extrapolation(to: value) : nil
    let place: Crossover.Place =
      value.isNaN
      ? .undefined
      : value == 0
        ? .fromTheStart
        : !isFound ? .notFound : extrapolation == nil ? .measured : .extrapolated
    return Crossover(
      place: place, value: isFound ? value : nil, interval: interval,
      extrapolation: extrapolation, searched: searched)
  }
}
