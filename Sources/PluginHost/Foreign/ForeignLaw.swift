import Glibc
import PluginBridges
import PluginSDK

/// A scaling law whose loss is a foreign function.
///
/// Its derivatives come from the function, from a second one, or from central differences. These
/// step by h = ε^⅓ · max(1, |θ|), ε of the narrowest number in the call, and so are wrong by about
/// ε^⅔ of the loss: 4·10⁻¹¹ in double, 2·10⁻⁵ in float. Where a step would leave a parameter's
/// bounds, the difference leans to the inside, at the same order.
struct ForeignLaw: ScalingLaw {
  private let open: OpenFunction
  private let law: ForeignFunction.Law

  init(_ open: OpenFunction, _ law: ForeignFunction.Law) {
    self.open = open
    self.law = law
  }

  var variables: [String] { law.variables }
  var parameters: [LawParameter] { law.parameters }

  /// The numbers come as the function gives them: a fit may probe where a law overflows.
  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    precondition(theta.count == parameters.count, "theta needs \(parameters.count) numbers")
    precondition(columns.count == variables.count, "there are \(variables.count) variables")
    do throws(PluginError) {
      let output = try open.main.run(columns, theta: theta)
      guard wantsGradients else { return LawPrediction(losses: output.results, gradients: []) }
      let gradients: [Double]
      if law.loss.givesGradients {
        gradients = output.gradients
      } else if let function = open.gradient {
        gradients = try function.run(columns, theta: theta).gradients
      } else {
        gradients = try differences(theta, at: columns)
      }
      return LawPrediction(losses: output.results, gradients: gradients)
    } catch {
      throw PluginError(error.status, error.message, plugin: open.function.name)
    }
  }

  /// None in closed form; the host finds it by search.
  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }

  /// Holds derivatives that the function gives to finite differences.
  ///
  /// - Throws: ``PluginError`` that names the parameter and both numbers.
  func checkGradient(_ theta: [Double], at columns: [[Double]]) throws(PluginError) {
    guard law.loss.givesGradients || law.gradient != nil else { return }
    let prediction = try predict(theta, at: columns, wantsGradients: true)
    let differences = try differences(theta, at: columns)
    let scale = prediction.losses.first.map(abs) ?? 1
    // Far above the error of the differences and far below that of a wrong formula.
    let (relative, absolute) = isSingle ? (1e-2, 1e-2) : (1e-5, 1e-6)
    for (index, parameter) in parameters.enumerated() {
      let (given, expected) = (prediction.gradients[index], differences[index])
      guard abs(given - expected) <= relative * abs(expected) + absolute * scale else {
        throw PluginError(
          .internal,
          "the derivative by '\(parameter.name)' is \(given), but finite differences of the loss "
            + "give \(expected): mend the function, or leave the derivatives to differences")
      }
    }
  }

  private var isSingle: Bool { law.loss.isSinglePrecision }

  /// The derivatives by finite differences, point after point.
  private func differences(
    _ theta: [Double], at columns: [[Double]]
  ) throws(PluginError) -> [Double] {
    let count = columns.first?.count ?? 0
    let root = cbrt(isSingle ? Double(Float.ulpOfOne) : Double.ulpOfOne)
    var gradients = [Double](repeating: 0, count: count * theta.count)
    func losses(_ index: Int, _ step: Double) throws(PluginError) -> [Double] {
      var moved = theta
      moved[index] += step
      return try open.main.run(columns, theta: moved).results
    }
    for (index, parameter) in parameters.enumerated() {
      let wanted = root * max(1, abs(theta[index]))
      // The step that is taken: the nearest that the parameter can express.
      let step = (theta[index] + wanted) - theta[index]
      let isLow = theta[index] - step < parameter.bounds.lowerBound
      let isHigh = theta[index] + step > parameter.bounds.upperBound
      let derivatives: [Double]
      if isLow == isHigh {
        derivatives = zip(try losses(index, step), try losses(index, -step))
          .map { ($0 - $1) / (2 * step) }
      } else {
        let side = isLow ? step : -step
        let (here, near, far) = (
          try losses(index, 0), try losses(index, side), try losses(index, 2 * side)
        )
        derivatives = here.indices.map { (4 * near[$0] - 3 * here[$0] - far[$0]) / (2 * side) }
      }
      for (point, derivative) in derivatives.enumerated() {
        gradients[point * theta.count + index] = derivative
      }
    }
    return gradients
  }
}

/// A foreign function as the host holds a scaling-law plugin.
struct ForeignLawFactory: ScalingLawFactory {
  let identity: PluginIdentity
  let options: [OptionDeclaration] = []
  private let law: ForeignLaw

  init(_ open: OpenFunction, _ law: ForeignFunction.Law) {
    identity = PluginIdentity(open.function)
    self.law = ForeignLaw(open, law)
  }

  func make(options: OptionValues) throws(PluginError) -> any ScalingLaw {
    _ = try options.completed(by: self.options)
    return law
  }
}
