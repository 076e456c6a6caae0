// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
package import PluginSDK

/// What an allocation is asked for.
package enum AllocationGoal: Hashable, Sendable, Encodable {
  /// The least loss for these FLOPs.
  case compute(Double)
  /// The fewest FLOPs for this loss, nats a token.
  case loss(Double)

  private enum CodingKeys: String, CodingKey {
    case compute
    case loss
  }

  /// Writes `{"compute": FLOPs}` or `{"loss": nats}`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .compute(let compute): try container.encode(compute, forKey: .compute)
    case .loss(let loss): try container.encode(loss, forKey: .loss)
    }
  }
}

/// The best model for a goal, with how well it is known.
package struct AllocationReport: Hashable, Sendable, Codable {
  /// The intervals of the numbers of a best model.
  package struct Intervals: Hashable, Sendable, Codable {
    package var parameters: Interval
    package var tokens: Interval
    package var compute: Interval
    package var loss: Interval
  }

  package let best: BestModel
  /// Nil without draws.
  package let intervals: Intervals?
  /// Where the best model lies outside of what the fit has seen.
  package let extrapolations: [Extrapolation]

  /// Finds the best model.
  ///
  /// - Parameters:
  ///   - goal: The compute or the loss.
  ///   - law: The law of the fit.
  ///   - fit: The fit.
  ///   - draws: Its bootstrap. A draw whose law never reaches a given loss counts as infinite.
  ///   - limits: What to keep to.
  ///   - level: The level of the intervals.
  ///   - threads: How many threads to use; the result does not depend on it.
  /// - Throws: As ``ScalingLaw/bestModel(_:compute:limits:)`` or
  ///   ``ScalingLaw/cheapestModel(_:loss:limits:)``, and `invalidArgument` for a level that is none.
  package init(
    _ goal: AllocationGoal, law: any ScalingLaw, fit: LawFit, draws: FitDraws?,
    limits: AllocationLimits, level: Double, threads: Int
  ) throws(ScalingLawError) {
    let best = try Self.model(goal, law, fit.theta, limits)
    self.best = best
    extrapolations = fit.extrapolations(
      at: ["N": best.allocation.parameters, "D": best.allocation.tokens].merging(limits.fixed) {
        $1
      })
    guard let draws else {
      intervals = nil
      return
    }
    let all = try draws.intervals(level: level, threads: threads) {
      theta throws(ScalingLawError) in
      do throws(ScalingLawError) {
        let model = try Self.model(goal, law, theta, limits)
        return [
          model.allocation.parameters, model.allocation.tokens, model.compute, model.loss,
        ]
      } catch {
        guard error.code == .unreachableLoss, case .loss(let loss) = goal else { throw error }
        return [.infinity, .infinity, .infinity, loss]
      }
    }
    intervals = Intervals(
      parameters: all[0], tokens: all[1], compute: all[2], loss: all[3])
  }

  private static func model(
    _ goal: AllocationGoal, _ law: any ScalingLaw, _ theta: [Double], _ limits: AllocationLimits
  ) throws(ScalingLawError) -> BestModel {
    switch goal {
    case .compute(let compute): try law.bestModel(theta, compute: compute, limits: limits)
    case .loss(let loss): try law.cheapestModel(theta, loss: loss, limits: limits)
    }
  }
}
