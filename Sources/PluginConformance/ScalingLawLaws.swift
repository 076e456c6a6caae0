// N parameters of a model, D tokens it is trained on, theta the parameters of a law.

import Glibc
import PluginSDK

/// What every scaling law promises of its predictions.
extension PluginLaw {
  /// How many sets of coefficients are drawn.
  private static let draws = 6

  static let finiteInsideBounds: PluginLaw = law(
    .scalingLaw, "finite",
    "Losses and derivatives are finite wherever the parameters lie within their bounds."
  ) { subject in
    let law = try subject.law()
    var random = subject.random("finite")
    let points = LawPoints(law, count: 12, random: &random)
    var count = 0
    for draw in 0..<64 {
      let theta = law.parameters.map { parameter in
        // Ends first, then anywhere.
        parameter.bounds.number(
          at: draw < 32
            ? Double(Int.random(in: 0...1, using: &random))
            : Double.random(in: 0...1, using: &random))
      }
      let prediction = try law.predict(theta, at: points.columns, wantsGradients: true)
      for (place, number) in (prediction.losses + prediction.gradients).enumerated()
      where !number.isFinite {
        let what = place < prediction.losses.count ? "loss" : "derivative"
        throw Breach("at \(law.text(theta)) a \(what) is \(number)")
      }
      count += prediction.losses.count
    }
    return .kept("\(count) predictions")
  }

  static let pointsStandAlone: PluginLaw = law(
    .scalingLaw, "points-alone",
    "A point's loss is the same alone, among others, and without derivatives."
  ) { subject in
    let law = try subject.law()
    var random = subject.random("alone")
    let points = LawPoints(law, count: 24, random: &random)
    let theta = try points.theta(of: law, random: &random)
    let together = try law.predict(theta, at: points.columns, wantsGradients: true)
    let width = theta.count
    try require(
      together.losses.count == 24 && together.gradients.count == 24 * width,
      "24 points with \(width) parameters gave \(together.losses.count) losses and "
        + "\(together.gradients.count) derivatives")
    let plain = try law.predict(theta, at: points.columns, wantsGradients: false)
    try require(
      plain.losses == together.losses && plain.gradients.isEmpty,
      "without derivatives the losses differ, or derivatives came unasked")
    for row in 0..<24 {
      let alone = try law.predict(
        theta, at: points.columns.map { [$0[row]] }, wantsGradients: true)
      try require(
        alone.losses == [together.losses[row]]
          && alone.gradients == Array(together.gradients[(row * width)..<((row + 1) * width)]),
        "point \(row) has the loss \(alone.losses) alone and \(together.losses[row]) among others")
    }
    return .kept("24 points")
  }

  /// With steps of 1e-5 a central difference misses a derivative by about 1e-9 of it, and by the
  /// rounding of the loss over the step.
  static let gradientIsTheSlope: PluginLaw = law(
    .scalingLaw, "gradient", "The derivatives equal finite differences of the loss."
  ) { subject in
    let law = try subject.law()
    var random = subject.random("gradient")
    var count = 0
    for _ in 0..<draws {
      let points = LawPoints(law, count: 6, random: &random)
      let theta = try points.theta(of: law, random: &random)
      let exact = try law.predict(theta, at: points.columns, wantsGradients: true)
      for (place, parameter) in law.parameters.enumerated() {
        let width = 1e-5 * max(abs(theta[place]), 1e-2)
        func losses(_ offset: Double) throws -> [Double] {
          var moved = theta
          moved[place] += offset
          return try law.predict(moved, at: points.columns, wantsGradients: false).losses
        }
        let (high, low) = (try losses(width), try losses(-width))
        for row in exact.losses.indices {
          let slope = (high[row] - low[row]) / (2 * width)
          let derivative = exact.gradients[row * theta.count + place]
          let rounding = 1e-15 * (1 + abs(exact.losses[row])) / width
          try require(
            abs(slope - derivative) <= 1e-5 * abs(derivative) + 2 * rounding,
            "the derivative by \(parameter.name) is \(derivative) and the slope \(slope), at "
              + "\(law.text(theta)) and \(law.point(points, row))")
          count += 1
        }
      }
    }
    return .kept("\(count) derivatives")
  }

  static let coefficientsAreLinear: PluginLaw = law(
    .scalingLaw, "coefficients", "The loss is linear in every coefficient, which is at least 0."
  ) { subject in
    let law = try subject.law()
    var random = subject.random("coefficients")
    let points = LawPoints(law, count: 12, random: &random)
    let theta = try points.theta(of: law, random: &random)
    let base = try law.predict(theta, at: points.columns, wantsGradients: false).losses
    var count = 0
    for (place, parameter) in law.parameters.enumerated() where parameter.role == .coefficient {
      try require(
        parameter.bounds.lowerBound >= 0,
        "the coefficient \(parameter.name) may be \(parameter.bounds.lowerBound)")
      func losses(_ factor: Double) throws -> [Double] {
        var scaled = theta
        scaled[place] *= factor
        return try law.predict(scaled, at: points.columns, wantsGradients: false).losses
      }
      let (half, double) = (try losses(0.5), try losses(2))
      for row in base.indices {
        // A line through the half and the whole meets the double.
        let expected = base[row] + 2 * (base[row] - half[row])
        try require(
          abs(double[row] - expected) <= 1e-9 * (1 + abs(double[row])),
          "with \(parameter.name) doubled the loss at \(law.point(points, row)) is "
            + "\(double[row]); on a line it would be \(expected)")
        count += 1
      }
    }
    return count == 0 ? .inapplicable("no parameter is a coefficient") : .kept("\(count) lines")
  }

  /// A fit ends where its objective no longer falls; a thousandth of a coefficient is far above.
  static let recoversItself: PluginLaw = law(
    .scalingLaw, "recovers", "Fitted to its own predictions, it recovers its coefficients."
  ) { subject in
    let law = try subject.law()
    var random = subject.random("recover")
    var worst = 0.0
    for _ in 0..<3 {
      let points = LawPoints(law, side: 7, random: &random)
      let theta = try points.theta(of: law, random: &random)
      let losses = try law.predict(theta, at: points.columns, wantsGradients: false).losses
      let found: [Double]
      do {
        found = try subject.settings.fit(law, points.columns, losses)
      } catch {
        throw Breach("at \(law.text(theta)) it cannot be fitted to its own predictions: \(error)")
      }
      for (place, parameter) in law.parameters.enumerated() {
        let error = abs(found[place] - theta[place]) / max(abs(theta[place]), 1e-3)
        try require(
          error <= 1e-3,
          "\(parameter.name) was \(theta[place]) and is fitted as \(found[place]), at "
            + law.text(theta))
        worst = max(worst, error)
      }
    }
    return .kept("3 fits, the farthest coefficient off by \(worst) of itself")
  }

  /// A numeric minimum is blunt: the loss is flat there, so a ten-thousandth is allowed.
  static let optimumIsTheLeast: PluginLaw = law(
    .scalingLaw, "optimum",
    "The size and tokens given as best for some compute are those of least loss."
  ) { subject in
    let law = try subject.law()
    guard Set(law.variables) == ["N", "D"] else {
      return .inapplicable("the law is not of N and D alone")
    }
    var random = subject.random("optimum")
    var (found, refused) = (0, 0)
    for _ in 0..<draws {
      let points = LawPoints(law, count: 1, random: &random)
      let theta = try points.theta(of: law, random: &random)
      for compute in [1e17, 1e20, 1e23] {
        let answer = try law.answer(theta, compute: compute)
        guard let best = answer.optimum else {
          if !answer.isRefused { return .inapplicable("the law has no closed form") }
          refused += 1
          continue
        }
        let spent = 6 * best.parameters * best.tokens
        try require(
          abs(spent / compute - 1) <= 1e-9,
          "for \(compute) FLOPs it gives N = \(best.parameters) and D = \(best.tokens), which take "
            + "\(spent)")
        guard let least = try law.leastLoss(theta, compute: compute) else {
          throw Breach(
            "at \(law.text(theta)) and \(compute) FLOPs it gives N = \(best.parameters), but the "
              + "loss falls all the way to one parameter or one token")
        }
        try require(
          abs(best.parameters / least - 1) <= 1e-4,
          "at \(law.text(theta)) and \(compute) FLOPs it gives N = \(best.parameters); the least "
            + "loss is at \(least)")
        found += 1
      }
    }
    return .kept("\(found) optima, \(refused) refused for want of one inside")
  }
}

extension Subject<any ScalingLawFactory> {
  /// Makes a law with options that the plugin takes.
  fileprivate func law() throws -> any ScalingLaw {
    try made { options throws(PluginError) in try factory.make(options: options) }.made
  }
}

extension ScalingLaw {
  /// Parameters as a message shows them.
  fileprivate func text(_ theta: [Double]) -> String {
    zip(parameters, theta).map { "\($0.name) = \($1)" }.joined(separator: ", ")
  }

  /// A point as a message shows it.
  fileprivate func point(_ points: LawPoints, _ row: Int) -> String {
    zip(variables, points.columns).map { "\($0) = \($1[row])" }.joined(separator: ", ")
  }

  /// The closed form's optimum, or whether there is none inside for these coefficients.
  fileprivate func answer(
    _ theta: [Double], compute: Double
  ) throws -> (optimum: Allocation?, isRefused: Bool) {
    do throws(PluginError) {
      return (try optimum(theta, compute: compute), false)
    } catch {
      guard error.status == .unsupported else { throw error }
      try requireWords(error, on: "the optimum at \(text(theta))")
      return (nil, true)
    }
  }

  /// The N of least loss with 6 N D = `compute`, by golden section; nil if it is at an end.
  ///
  /// Kiefer 1953, "Sequential minimax search for a maximum".
  fileprivate func leastLoss(_ theta: [Double], compute: Double) throws -> Double? {
    let whole = log(compute / 6)
    func losses(_ logSizes: [Double]) throws -> [Double] {
      let columns = variables.map { variable in
        logSizes.map { variable == "N" ? exp($0) : exp(whole - $0) }
      }
      return try predict(theta, at: columns, wantsGradients: false).losses
    }
    let grid = (0...300).map { whole * Double($0) / 300 }
    let values = try losses(grid)
    let least = values.indices.min { values[$0] < values[$1] } ?? 0
    guard least > 0, least < 300 else { return nil }
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (grid[least - 1], grid[least + 1])
    for _ in 0..<60 {
      let (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
      let pair = try losses([left, right])
      if pair[0] <= pair[1] { high = right } else { low = left }
    }
    return exp(0.5 * (low + high))
  }
}
