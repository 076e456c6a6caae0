import Glibc
package import PluginSDK

/// What observations say about the parameters of a fit, to first order around it.
///
/// From the slopes of each row's log loss by the fitted coordinates: their matrix of products (the
/// information of unit noise), the scale of the residuals, and the covariance that follows. That is a
/// sandwich whose bread counts each row by how Huber's loss is bent at it, so that rows need not
/// scatter alike (``ResidualScale/bend(at:)``); with runs of several rows its filling is summed by run
/// (Huber and Ronchetti, section 7.6; Liang and Zeger, Biometrika 73, 1986). Parameters that are frozen
/// or ended on a bound count as known.
package struct FitInformation: Sendable {
  let coordinates: FitCoordinates
  let position: [Double]
  private let jacobian: [Double]
  /// The sum over rows of slope times slope.
  package let gram: SymmetricMatrix
  package let scale: ResidualScale
  /// The covariance of the coordinates.
  package let covariance: SymmetricMatrix

  /// The names of the parameters that count as unknown.
  package var parameters: [String] {
    coordinates.free.map { coordinates.law.parameters[$0].name }
  }

  /// The parameters of the fit.
  package let theta: [Double]

  /// Measures what the rows of a fit say.
  ///
  /// - Throws: ``ScalingLawError`` with `notIdentified` if they do not determine the parameters, or
  ///   there are too few rows or runs to judge the noise by; `invalidObservations` if a column is
  ///   missing; `unsuitableLaw` if the fit is not of this law or rows; `lawFailed`.
  package init(
    law: any ScalingLaw, fit: LawFit, observations: Observations
  ) throws(ScalingLawError) {
    guard fit.parameters.map(\.name) == law.parameters.map(\.name),
      fit.rows == observations.count
    else {
      throw ScalingLawError(
        .unsuitableLaw,
        """
        the fit has \(fit.rows) rows and parameters \
        \(fit.parameters.map(\.name).joined(separator: ", ")); it is not of these \
        \(observations.count) observations and this law
        """)
    }
    theta = fit.theta
    var columns: [[Double]] = []
    for variable in law.variables { columns.append(try observations.column(variable)) }
    let search = LawSearch(
      law: law,
      frozen: fit.parameters.map { $0.frozen || $0.atBound ? $0.value : nil }, columns: columns,
      logLosses: observations.losses.map { log($0) })
    let coordinates: FitCoordinates
    let rows: [(residual: Double, slopes: [Double])]
    do throws(PluginError) {
      coordinates = try FitCoordinates(
        law: law, frozen: search.frozen, reference: search.centre, uncentred: [],
        lossScale: search.lossScale)
      self.coordinates = coordinates
      position = try coordinates.start(of: fit.theta)
      jacobian = try coordinates.point(at: position).jacobian
      var objective = FitObjective(
        coordinates: coordinates, columns: columns, logLosses: search.logLosses,
        huber: Huber(threshold: fit.threshold))
      rows = try objective.rows(at: position)
    } catch {
      throw ScalingLawError(error)
    }
    scale = try ResidualScale(
      residuals: rows.map(\.residual), freeParameters: position.count, threshold: fit.threshold)
    var gram = SymmetricMatrix(order: position.count)
    for row in rows { gram.addOuter(row.slopes, scale: 1) }
    self.gram = gram
    var bends = SymmetricMatrix(order: position.count)
    for row in rows { bends.addOuter(row.slopes, scale: scale.bend(at: row.residual)) }
    guard gram.inverse() != nil, let bread = bends.inverse() else {
      throw ScalingLawError(
        .notIdentified,
        """
        these observations do not determine \
        \(coordinates.free.map { law.parameters[$0].name }.joined(separator: ", ")): other values fit \
        as well. Freeze some, or measure over a wider range
        """)
    }
    let units = observations.rowsByRun
    guard units.count < rows.count else {
      covariance = gram.between(bread).scaled(by: scale.pull)
      return
    }
    covariance = try Self.sandwich(
      rows, units: units, bread: bread, huber: Huber(threshold: fit.threshold))
  }

  /// The covariance where the rows of one run move together.
  private static func sandwich(
    _ rows: [(residual: Double, slopes: [Double])], units: [[Int]], bread: SymmetricMatrix,
    huber: Huber
  ) throws(ScalingLawError) -> SymmetricMatrix {
    let order = bread.order
    guard units.count > order else {
      throw ScalingLawError(
        .notIdentified,
        """
        \(units.count) runs cannot show how \(order) free parameters vary from run to run: add runs \
        or freeze parameters
        """)
    }
    var pulls = SymmetricMatrix(order: order)
    for unit in units {
      var pull = [Double](repeating: 0, count: order)
      for row in unit {
        for slot in pull.indices {
          pull[slot] += huber.derivative(rows[row].residual) * rows[row].slopes[slot]
        }
      }
      pulls.addOuter(pull, scale: 1)
    }
    let (runs, count) = (Double(units.count), Double(rows.count))
    let correction = runs / (runs - 1) * (count - 1) / (count - Double(order))
    return pulls.between(bread).scaled(by: correction)
  }

  /// The slopes of a quantity by the coordinates, by central differences of fourth order.
  ///
  /// - Throws: What the quantity throws near the fit, and ``ScalingLawError`` with `notIdentified` if
  ///   it is not finite there, or `lawFailed`.
  package func slopes(
    of quantity: ([Double]) throws(ScalingLawError) -> Double
  ) throws(ScalingLawError) -> [Double] {
    // Coordinates are logs and exponents: over this step a smooth quantity is a polynomial to 1e-12.
    let step = 1e-3
    var slopes: [Double] = []
    for slot in position.indices {
      var differences: [Double] = []
      for offset in [step, 2 * step] {
        var (above, below) = (position, position)
        above[slot] += offset
        below[slot] -= offset
        differences.append(
          try quantity(try theta(at: above)) - quantity(try theta(at: below)))
      }
      slopes.append((8 * differences[0] - differences[1]) / (12 * step))
    }
    guard slopes.allSatisfy(\.isFinite) else {
      throw ScalingLawError(
        .notIdentified, "what is asked for has no finite value next to the fitted parameters")
    }
    return slopes
  }

  /// The slopes of the log loss at some points by the coordinates.
  func slopesOfLogLoss(at columns: [[Double]]) throws(ScalingLawError) -> [[Double]] {
    do throws(PluginError) {
      let prediction = try coordinates.law.predict(theta, at: columns, wantsGradients: true)
      let (count, width) = (theta.count, position.count)
      return prediction.losses.indices.map { point in
        (0..<width).map { slot in
          (0..<count).reduce(0) { sum, index in
            sum + prediction.gradients[point * count + index] * jacobian[index * width + slot]
          } / prediction.losses[point]
        }
      }
    } catch {
      throw ScalingLawError(error)
    }
  }

  /// The standard error of a quantity with some slopes: the delta method.
  package func standardError(slopes: [Double]) -> Double {
    covariance.quadratic(slopes).squareRoot()
  }

  private func theta(at position: [Double]) throws(ScalingLawError) -> [Double] {
    do throws(PluginError) {
      return try coordinates.point(at: position).theta
    } catch {
      throw ScalingLawError(error)
    }
  }
}
