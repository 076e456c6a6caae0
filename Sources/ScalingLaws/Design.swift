// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc
import PluginSDK

/// The models that a design may choose from.
package struct DesignCandidates: Hashable, Sendable, Codable {
  package var sizes: [Double]
  package var tokens: [Double]
  /// The least and the greatest D / N; nil for any.
  package var tokensPerParameter: ClosedRange<Double>?

  package init(sizes: [Double], tokens: [Double]) {
    self.sizes = sizes
    self.tokens = tokens
  }

  /// A grid over the observed ranges and some way beyond their upper ends.
  ///
  /// - Parameters:
  ///   - ranges: What a fit has seen.
  ///   - reach: How many times beyond the greatest observed N and D to look.
  ///   - steps: How many sizes and how many numbers of tokens.
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if N or D was not observed, or
  ///   `invalidArgument` for a reach below 1 or fewer than two steps.
  package init(
    around ranges: [ObservedRange], reach: Double, steps: Int
  ) throws(ScalingLawError) {
    guard reach >= 1, reach.isFinite, steps > 1 else {
      throw ScalingLawError(
        .invalidArgument,
        """
        candidates reach 1 time or more beyond the data in 2 steps or more, not \(reach) in \(steps)
        """)
    }
    func grid(_ variable: String) throws(ScalingLawError) -> [Double] {
      guard let range = ranges.first(where: { $0.variable == variable }) else {
        throw ScalingLawError(
          .invalidObservations, "a design is over N and D, and \(variable) was not observed")
      }
      let (low, high) = (log(range.least), log(range.greatest * reach))
      return (0..<steps).map { exp(low + (high - low) * Double($0) / Double(steps - 1)) }
    }
    self.init(sizes: try grid("N"), tokens: try grid("D"))
  }
}

/// A run that a design asks for.
package struct DesignedRun: Hashable, Sendable, Codable {
  package var parameters: Double
  package var tokens: Double
  /// FLOPs, 6 N D.
  package var compute: Double
  /// The standard error of the answer once this run and those before it are there.
  package var standardError: Double
}

/// Which models to train next so that an answer gets as sharp as a budget allows.
///
/// A locally c-optimal design (Atkinson, Donev and Tobias, "Optimum Experimental Designs, with SAS",
/// 2007, chapters 10 and 17): a run adds to the information the product of its slopes over the
/// variance of one row, all at the fitted parameters, and the standard error of the answer follows by
/// the delta method. It takes the law and the fit for true, so the less they are known, the less it
/// is worth.
package struct Design: Hashable, Sendable, Codable {
  package let question: DesignQuestion
  /// FLOPs to spend.
  package let budget: Double
  /// The runs, the one that helps most first.
  package let runs: [DesignedRun]
  /// The standard error of the answer now; of its logarithm where the question is relative.
  package let standardErrorBefore: Double

  /// The standard error of the answer after all runs.
  package var standardErrorAfter: Double { runs.last?.standardError ?? standardErrorBefore }

  /// The FLOPs that the runs take.
  package var compute: Double { runs.reduce(0) { $0 + $1.compute } }

  /// Chooses runs: greedily, by what each gains and by what it gains for its FLOPs; then runs of the
  /// better choice are exchanged for others while that helps.
  ///
  /// - Parameters:
  ///   - question: What the runs are to tell.
  ///   - information: What the fit knows already.
  ///   - candidates: The models to choose from; one may be chosen more than once, as with seeds.
  ///   - budget: FLOPs, counted as 6 N D.
  ///   - runLimit: The most runs to choose.
  ///   - fixed: The values of the law's variables other than N and D.
  /// - Throws: ``ScalingLawError`` with `invalidArgument` if no candidate is within the budget or the
  ///   limit is below 1, `notIdentified` if the question does not depend on what is unknown, or what
  ///   the law throws near the fit.
  package init(
    _ question: DesignQuestion, information: FitInformation, candidates: DesignCandidates,
    budget: Double, runLimit: Int, fixed: [String: Double] = [:]
  ) throws(ScalingLawError) {
    let law = information.coordinates.law
    let points = candidates.sizes.flatMap { size in
      candidates.tokens.map { Allocation(parameters: size, tokens: $0) }
    }.filter { point in
      6 * point.parameters * point.tokens <= budget
        && candidates.tokensPerParameter?.contains(point.tokens / point.parameters) ?? true
    }
    guard !points.isEmpty, runLimit > 0 else {
      throw ScalingLawError(
        .invalidArgument,
        runLimit > 0
          ? """
          a budget of \(budget) FLOPs trains no candidate: there are \(candidates.sizes.count) sizes \
          from \(candidates.sizes.min() ?? 0) and \(candidates.tokens.count) numbers of tokens from \
          \(candidates.tokens.min() ?? 0)
          """
          : "a design has one run or more, not \(runLimit)")
    }
    let slopes = try information.slopes { theta throws(ScalingLawError) in
      try question.answer(law, theta, fixed: fixed)
    }
    standardErrorBefore = information.standardError(slopes: slopes)
    guard standardErrorBefore > 0 else {
      throw ScalingLawError(
        .notIdentified,
        "\(question) does not depend on any of \(information.parameters.joined(separator: ", "))")
    }
    let rows = try information.slopesOfLogLoss(
      at: law.columns(
        sizes: points.map(\.parameters), tokens: points.map(\.tokens), fixed: fixed))
    let chooser = DesignChooser(
      points: points, rows: rows, question: slopes, covariance: information.covariance,
      variance: information.scale.variance, budget: budget, runLimit: runLimit)
    self.question = question
    self.budget = budget
    runs = chooser.best()
  }
}

/// The choice of runs for one question.
private struct DesignChooser {
  let points: [Allocation]
  /// The slopes of the log loss at each point.
  let rows: [[Double]]
  /// The slopes of the answer.
  let question: [Double]
  /// The covariance before any run.
  let covariance: SymmetricMatrix
  /// The variance of the log loss of one run.
  let variance: Double
  let budget: Double
  let runLimit: Int

  func best() -> [DesignedRun] {
    let byGain = exchanged(greedy(forCost: false))
    let byCost = exchanged(greedy(forCost: true))
    let chosen = answerVariance(byCost) < answerVariance(byGain) ? byCost : byGain
    return described(chosen)
  }

  private func cost(_ point: Int) -> Double { 6 * points[point].parameters * points[point].tokens }

  private func cost(_ chosen: [Int]) -> Double { chosen.reduce(0) { $0 + cost($1) } }

  /// Adds the run that gains most, or gains most for its FLOPs, until none fits the budget.
  private func greedy(forCost: Bool) -> [Int] {
    var chosen: [Int] = []
    var covariance = covariance
    var left = budget
    while chosen.count < runLimit {
      let gains = gains(covariance)
      let worth = { (point: Int) in forCost ? gains[point] / cost(point) : gains[point] }
      guard
        let next = points.indices.filter({ cost($0) <= left && gains[$0] > 0 })
          .max(by: { worth($0) < worth($1) })
      else { break }
      chosen.append(next)
      left -= cost(next)
      covariance = learned(covariance, from: next)
    }
    return chosen
  }

  /// Exchanges one run for another as long as the answer gets sharper by it.
  private func exchanged(_ start: [Int]) -> [Int] {
    var chosen = start
    // Each exchange gains a thousandth or more, so the end comes long before this.
    for _ in 0..<200 {
      let now = answerVariance(chosen)
      var best: (variance: Double, chosen: [Int]) = (now * (1 - 1e-3), chosen)
      for place in chosen.indices {
        var others = chosen
        others.remove(at: place)
        let covariance = others.reduce(covariance) { learned($0, from: $1) }
        let left = budget - cost(others)
        let base = covariance.quadratic(question)
        let gains = gains(covariance)
        for point in points.indices
        where cost(point) <= left && base - gains[point] < best.variance {
          best = (base - gains[point], others + [point])
        }
      }
      guard best.chosen != chosen else { break }
      chosen = best.chosen
    }
    return chosen
  }

  /// By how much each run would lower the variance of the answer.
  private func gains(_ covariance: SymmetricMatrix) -> [Double] {
    let image = covariance.times(question)
    return rows.map { row in
      let along = zip(row, image).reduce(0) { $0 + $1.0 * $1.1 }
      return along * along / (variance + covariance.quadratic(row))
    }
  }

  /// The covariance after one more run: the update of Sherman and Morrison.
  private func learned(_ covariance: SymmetricMatrix, from point: Int) -> SymmetricMatrix {
    var covariance = covariance
    let image = covariance.times(rows[point])
    let along = zip(rows[point], image).reduce(0) { $0 + $1.0 * $1.1 }
    covariance.addOuter(image, scale: -1 / (variance + along))
    return covariance
  }

  private func answerVariance(_ chosen: [Int]) -> Double {
    chosen.reduce(covariance) { learned($0, from: $1) }.quadratic(question)
  }

  /// The runs in the order in which they help most, with what each leaves.
  private func described(_ chosen: [Int]) -> [DesignedRun] {
    var left = chosen
    var covariance = covariance
    var runs: [DesignedRun] = []
    while !left.isEmpty {
      let gains = gains(covariance)
      guard let place = left.indices.max(by: { gains[left[$0]] < gains[left[$1]] }) else { break }
      let point = left.remove(at: place)
      covariance = learned(covariance, from: point)
      runs.append(
        DesignedRun(
          parameters: points[point].parameters, tokens: points[point].tokens, compute: cost(point),
          standardError: max(covariance.quadratic(question), 0).squareRoot()))
    }
    return runs
  }
}
