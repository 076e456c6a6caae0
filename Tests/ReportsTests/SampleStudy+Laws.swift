import Experiments
import Glibc
import PluginSDK

extension SampleStudy {
  /// The sample with a second continued stage, which replays half.
  static func withReplay() -> StudyResults {
    var results = results()
    results.runs += results.runs.filter { $0.stage == "cpt" }.map { run in
      var other = run
      other.id += "50"
      other.stage = "cpt-50"
      other.sources = ["english", "chinese"].map {
        SourceCount(
          corpus: $0, plannedTokens: run.tokens / 2, realisedTokens: run.tokens / 2, epochs: 0.1)
      }
      return other
    }
    return results
  }

  /// The tokens that bring a stage's models of one size to a Chinese loss, by bisection of the true
  /// curve; nil where less than a token or more than 1e12 would.
  static func tokens(_ stage: String, _ n: Double, forLoss loss: Double) -> Double? {
    var (low, high) = (1.0, 1e12)
    guard trueLoss(stage, "chinese", n, low) >= loss, trueLoss(stage, "chinese", n, high) <= loss
    else { return nil }
    for _ in 0..<80 {
      let middle = (low * high).squareRoot()
      if trueLoss(stage, "chinese", n, middle) > loss { low = middle } else { high = middle }
    }
    return high
  }

  /// The comparison over a continued run, by the true curves; the laws are off by a tenth.
  static func transfer(_ n: Double) -> [TransferPoint] {
    (1...points).map { point in
      let seen = 20 * n * Double(point) / Double(points)
      let loss = trueLoss("cpt", "chinese", n, seen)
      let scratch = tokens("scratch", n, forLoss: loss)
      return TransferPoint(
        tokens: Int(seen), exactFLOPs: 8 * n * seen, loss: loss, scratchTokens: scratch,
        predictedScratchTokens: scratch.map { 1.1 * $0 })
    }
  }

  /// Errors that a law might have, and the true contours.
  static func diagnosis(_ stage: String) -> FitDiagnosis {
    let sizes = (0..<12).map { 3e4 * pow(1.35, Double($0)) }
    return FitDiagnosis(
      backTest: .init(
        parameters: nil, fittedPoints: 3, points: 1, meanPercentError: 0.8125, bias: -0.03125),
      leftOutSizes: self.sizes.map {
        .init(
          parameters: Double($0.nonEmbedding), fittedPoints: 3, points: 1, meanPercentError: 0.5,
          bias: 0.0625)
      },
      contours: [4.2, 4.6, 5.2].map { loss in
        FitDiagnosis.Contour(
          loss: loss,
          points: sizes.compactMap { size in
            tokens(stage, size, forLoss: loss).map { Allocation(parameters: size, tokens: $0) }
          })
      }, remarks: ["The error of the largest size rests on 1 point."])
  }

  /// The sample with intervals where a study of enough runs has them.
  static func withIntervals() -> StudyResults {
    var results = results()
    func around(_ value: Double, _ share: Double) -> IntervalRecord {
      IntervalRecord(low: value - share * abs(value), high: value + share * abs(value), level: 0.95)
    }
    for fit in results.fits.indices {
      results.fits[fit].resampling = .init(draws: 200, failures: 0, runs: 12, inherited: ["E"])
      for place in results.fits[fit].parameters.indices {
        let value = results.fits[fit].parameters[place].value
        results.fits[fit].parameters[place].interval = around(value, 0.1)
      }
      for place in results.fits[fit].optima.indices {
        let optimum = results.fits[fit].optima[place]
        results.fits[fit].optima[place].parametersInterval = around(optimum.parameters, 0.2)
        results.fits[fit].optima[place].tokensInterval = around(optimum.tokens, 0.2)
        results.fits[fit].optima[place].lossInterval = around(optimum.loss, 0.01)
      }
    }
    results.fits[0].parameters[3].interval?.high = nil
    for place in results.savings.indices {
      results.savings[place].measuredInterval = around(results.savings[place].measured ?? 0, 0.2)
      results.savings[place].predictedInterval = around(results.savings[place].predicted ?? 0, 0.2)
      for point in results.savings[place].curve.indices {
        let found = results.savings[place].curve[point]
        results.savings[place].curve[point].scratchTokensInterval =
          found.scratchTokens.map { around($0, 0.05) }
        results.savings[place].curve[point].predictedScratchTokensInterval =
          found.predictedScratchTokens.map { around($0, 0.1) }
      }
    }
    results.savings[1].measuredInterval?.low = nil
    return results
  }

  /// The sample with each run under three seeds, whose losses and savings differ a little.
  static func withSeeds() -> StudyResults {
    var results = results()
    let seeds = ["seed=1", "seed=2", "seed=3"]
    results.runs = results.runs.flatMap { run in
      seeds.enumerated().map { index, seed in
        var other = run
        other.id = run.id + seed
        other.sourceRun = run.sourceRun.map { $0 + seed }
        (other.variant, other.variants) = (seed, [seed])
        for place in other.evaluations.indices {
          other.evaluations[place].loss *= 1 + 0.01 * Double(index)
        }
        return other
      }
    }
    results.savings = results.savings.flatMap { saving in
      seeds.enumerated().map { index, seed in
        var other = saving
        other.variant = seed
        other.scratchRun =
          results.runs.first {
            $0.stage == "scratch" && $0.size == saving.size && $0.variant == seed
          }?.id
        other.continuedRun =
          results.runs.first {
            $0.stage == "cpt" && $0.size == saving.size && $0.variant == seed
          }?.id
        other.measured = saving.measured.map { $0 + 0.03 * Double(index * index) }
        return other
      }
    }
    return results
  }
}
