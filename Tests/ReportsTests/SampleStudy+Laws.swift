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
}
