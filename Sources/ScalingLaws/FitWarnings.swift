import Foundation
import PluginSDK

/// What the observations leave open about a fit, in sentences.
struct FitWarnings {
  let fit: LawFit
  let law: any ScalingLaw
  let search: LawSearch

  /// What a coefficient's term depends on.
  private struct Term {
    var coefficient: Int
    var variables: Set<Int>
    var shapes: Set<Int>
  }

  /// The sentences, given the parameters that are not identified.
  func sentences(unidentified open: [Int]) throws(PluginError) -> [String] {
    let terms = try self.terms()
    let vanished = vanishedParameters(terms)
    var sentences = boundSentences(terms, except: Set(open))
    if !open.isEmpty { sentences.append(identitySentence(open)) }
    sentences += sizeSentences(terms, except: Set(open).union(vanished))
    sentences += confoundingSentences()
    if fit.rows == fit.freeParameters {
      sentences.append(
        """
        There are as many observations as free parameters, so the fit passes through all of them \
        and its residuals say nothing.
        """)
    }
    return sentences
  }

  /// Finds out what each term depends on by trying, as a law is a closed box.
  private func terms() throws(PluginError) -> [Term] {
    let centre = search.centre
    // Away from the centre, where a logarithm that happens to be 0 there no longer is.
    let aside = centre.map { [3 * $0[0]] }
    var terms: [Term] = []
    for (index, parameter) in law.parameters.enumerated() where parameter.role == .coefficient {
      let unit = try FitCoordinates.term(of: law, index, theta: fit.theta, at: centre)
      let other = try FitCoordinates.term(of: law, index, theta: fit.theta, at: aside)
      var variables: Set<Int> = []
      for variable in centre.indices {
        var moved = centre
        moved[variable] = aside[variable]
        let term = try FitCoordinates.term(of: law, index, theta: fit.theta, at: moved)
        if abs(term.value - unit.value) > 1e-9 * abs(unit.value) { variables.insert(variable) }
      }
      let shapes = law.parameters.indices.filter {
        law.parameters[$0].role != .coefficient
          && (unit.gradient[$0] != 0 || other.gradient[$0] != 0)
      }
      terms.append(Term(coefficient: index, variables: variables, shapes: Set(shapes)))
    }
    return terms
  }

  /// Free coefficients of 0, and the exponents that stand in no other term.
  private func vanishedParameters(_ terms: [Term]) -> Set<Int> {
    let isZero = { (term: Term) in fit.theta[term.coefficient] == 0 }
    let alive = terms.filter { !isZero($0) }.reduce(into: Set<Int>()) { $0.formUnion($1.shapes) }
    return terms.filter(isZero).reduce(into: []) { vanished, term in
      vanished.insert(term.coefficient)
      vanished.formUnion(term.shapes.subtracting(alive))
    }
  }

  private func boundSentences(_ terms: [Term], except open: Set<Int>) -> [String] {
    let vanished = vanishedParameters(terms)
    let atBound = fit.parameters.indices.filter { fit.parameters[$0].atBound && !open.contains($0) }
    return atBound.compactMap { index in
      let name = fit.parameters[index].name
      if let term = terms.first(where: { $0.coefficient == index }), fit.theta[index] == 0 {
        let idle = term.shapes.intersection(vanished).sorted().map { fit.parameters[$0].name }
        let consequence = idle.isEmpty ? "" : ", and \(listed(idle)) then means nothing"
        return """
          \(name) came out as 0: these observations show no such term\(consequence). Measure over a \
          wider range or freeze \(name).
          """
      }
      guard !vanished.contains(index) else { return nil }
      return """
        \(name) ended on a bound, \(short(fit.theta[index])): the least objective may lie outside \
        \(short(law.parameters[index].bounds.lowerBound))...\
        \(short(law.parameters[index].bounds.upperBound)), and predictions far from the observations \
        are not to be trusted.
        """
    }
  }

  /// The free parameters that can move together without changing any prediction.
  ///
  /// Judged where terms that came out as 0 are small but there, since a term that another can stand
  /// for comes out as 0 by chance.
  func unidentified() throws(PluginError) -> [Int] {
    let free = law.parameters.indices.filter { !fit.parameters[$0].frozen }
    guard !free.isEmpty else { return [] }
    let coordinates = try FitCoordinates(
      law: law, frozen: search.frozen, reference: search.centre, uncentred: [],
      lossScale: search.lossScale)
    var objective = FitObjective(
      coordinates: coordinates, columns: search.columns, logLosses: search.logLosses,
      huber: Huber(threshold: fit.threshold))
    let rows = try objective.rows(at: coordinates.start(of: fit.theta))
    let lengths = free.indices.map { slot in
      rows.reduce(0) { $0 + $1.slopes[slot] * $1.slopes[slot] }.squareRoot()
    }
    let longest = lengths.max() ?? 0
    var gram = SymmetricMatrix(order: free.count)
    for row in rows {
      gram.addOuter(
        zip(row.slopes, lengths).map { $1 > 1e-9 * longest ? $0 / $1 : 0 }, scale: 1)
    }
    var open: Set<Int> = []
    // Rounding leaves about 1e-14 in place of 0; the barely identified start near 1e-6.
    for pair in gram.eigenpairs() where pair.value < 1e-11 {
      for slot in free.indices where abs(pair.vector[slot]) > 0.05 { open.insert(free[slot]) }
    }
    return open.sorted()
  }

  private func identitySentence(_ open: [Int]) -> String {
    let names = open.map { fit.parameters[$0].name }
    let constant = fit.ranges.filter { $0.distinct == 1 }
      .map { "every \($0.variable) is \(short($0.least))" }
    let reason = constant.isEmpty ? "" : " (\(listed(constant)))"
    return """
      These observations cannot tell \(listed(names)) apart\(reason): other values fit as well. \
      Measure over a wider range, or freeze all but one of them.
      """
  }

  /// Terms of one variable and the constant rest on how many values that variable takes.
  private func sizeSentences(_ terms: [Term], except open: Set<Int>) -> [String] {
    fit.ranges.indices.compactMap { variable in
      var members: Set<Int> = []
      for term in terms where term.variables.isSubset(of: [variable]) {
        members.insert(term.coefficient)
        members.formUnion(term.shapes)
      }
      let own = members.filter { !fit.parameters[$0].frozen && !open.contains($0) }.sorted()
      let hasVarying = terms.contains { $0.variables == [variable] && own.contains($0.coefficient) }
      let distinct = fit.ranges[variable].distinct
      guard hasVarying, distinct > 1, distinct < own.count + 2 else { return nil }
      let names = listed(own.map { fit.parameters[$0].name })
      return """
        There are only \(distinct) different values of \(fit.ranges[variable].variable), so \(names) \
        are barely identified: freeze them from another fit, or add values.
        """
    }
  }

  /// Where two variables move together, which of them the loss follows is a guess.
  private func confoundingSentences() -> [String] {
    // A share of 0 stands a little below the others.
    let logs = search.columns.map { column in
      let least = column.filter { $0 > 0 }.min() ?? 1
      return column.map { log(max($0, 0.1 * least)) }
    }
    var sentences: [String] = []
    for second in logs.indices {
      for first in 0..<second where abs(correlation(logs[first], logs[second])) > 0.999 {
        sentences.append(
          """
          \(fit.ranges[first].variable) and \(fit.ranges[second].variable) move together in these \
          observations, so what belongs to which is a guess: add rows where one changes alone.
          """)
      }
    }
    return sentences
  }

  /// The correlation of two columns; 0 where one is constant.
  private func correlation(_ left: [Double], _ right: [Double]) -> Double {
    let count = Double(left.count)
    let (leftMean, rightMean) = (left.reduce(0, +) / count, right.reduce(0, +) / count)
    var (leftSquare, rightSquare, product) = (0.0, 0.0, 0.0)
    for (x, y) in zip(left, right) {
      leftSquare += (x - leftMean) * (x - leftMean)
      rightSquare += (y - rightMean) * (y - rightMean)
      product += (x - leftMean) * (y - rightMean)
    }
    // A spread of 1e-9 in logs is rounding.
    guard min(leftSquare, rightSquare) > 1e-18 * count else { return 0 }
    return product / (leftSquare * rightSquare).squareRoot()
  }

  private func listed(_ names: [String]) -> String {
    names.count < 2
      ? names.joined()
      : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }

  private func short(_ number: Double) -> String { String(format: "%.4g", number) }
}
