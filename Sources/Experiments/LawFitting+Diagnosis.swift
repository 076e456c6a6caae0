// N parameters by the pipeline's counting, D tokens, C = 6 N D.

import Foundation
import PluginSDK
import ScalingLaws

extension LawFitting {
  /// The part of the points, by ascending compute, that a back-test fits.
  private static let backTestShare = 0.8
  private static let contourCount = 7
  private static let contourSizes = 25
  /// How far beyond the measured sizes and compute contours are drawn, as a factor.
  private static let contourMargin = 3.0

  /// Judges a fit on points it did not see, and draws its contours.
  func diagnosis(
    of fit: LawFit, by fitter: LawFitter, on observations: Observations
  ) -> FitDiagnosis {
    var diagnosis = FitDiagnosis()
    do throws(ScalingLawError) {
      let test = try fitter.backTest(observations, share: Self.backTestShare)
      diagnosis.backTest = FitDiagnosis.HeldOut(test.error, fitted: test.fit.rows)
    } catch {
      diagnosis.remarks.append("There is no back-test: \(error)")
    }
    do throws(ScalingLawError) {
      diagnosis.leftOutSizes = try fitter.leavingOutEach("N", of: observations).map {
        FitDiagnosis.HeldOut($0.error, fitted: $0.fit.rows, parameters: $0.value)
      }
    } catch {
      diagnosis.remarks.append("No size could be left out: \(error)")
    }
    diagnosis.contours = contours(of: fit, fitter.law, on: observations)
    return diagnosis
  }

  /// Lines of equal loss around the measured sizes; none for a law of other variables than N and D.
  private func contours(
    of fit: LawFit, _ law: any ScalingLaw, on observations: Observations
  ) -> [FitDiagnosis.Contour] {
    guard let sizes = try? observations.column("N"), let compute = try? observations.column("C"),
      let smallest = sizes.min(), let largest = sizes.max(),
      let highest = fit.predicted.max(), let lowest = fit.predicted.min(), highest > lowest
    else { return [] }
    let shown =
      (compute.min() ?? 0) / Self.contourMargin...(compute.max() ?? 0) * Self.contourMargin
    let grid = geometric(
      from: smallest / Self.contourMargin, to: largest * Self.contourMargin,
      count: Self.contourSizes)
    return geometric(from: lowest, to: highest, count: Self.contourCount).map { loss in
      FitDiagnosis.Contour(
        loss: loss,
        points: grid.compactMap { size in
          guard let tokens = try? law.tokens(fit.theta, parameters: size, forLoss: loss),
            shown.contains(6 * size * tokens)
          else { return nil }
          return Allocation(parameters: size, tokens: tokens)
        })
    }.filter { $0.points.count > 1 }
  }

  private func geometric(from low: Double, to high: Double, count: Int) -> [Double] {
    (0..<count).map { low * pow(high / low, Double($0) / Double(count - 1)) }
  }
}

extension FitDiagnosis.HeldOut {
  init(_ error: HeldOutError, fitted: Int, parameters: Double? = nil) {
    self.init(
      parameters: parameters, fittedPoints: fitted, points: error.rows,
      meanPercentError: error.meanPercentError, bias: error.bias)
  }
}
