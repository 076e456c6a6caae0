/// The coefficients of least square error that are all at least 0, from the normal equations.
///
/// The active-set method of Lawson and Hanson, "Solving Least Squares Problems", chapter 23, on the
/// products of columns; meant for a handful of unknowns with columns of like size.
package func nonNegativeLeastSquares(gram: SymmetricMatrix, right: [Double]) -> [Double] {
  let order = gram.order
  var solution = [Double](repeating: 0, count: order)
  var passive: [Int] = []
  let tolerance = 1e-12 * (right.map(abs).max() ?? 0)
  // Each pass frees the unknown that would gain most; no set comes twice, so 2^order bounds it.
  for _ in 0..<(1 << min(order, 10)) {
    let product = gram.times(solution)
    let candidates = (0..<order).filter {
      !passive.contains($0) && right[$0] - product[$0] > tolerance
    }
    guard
      let entering = candidates.max(by: { right[$0] - product[$0] < right[$1] - product[$1] })
    else { break }
    passive.append(entering)
    while !passive.isEmpty {
      guard
        let trial = gram.restricted(to: passive).solution(of: passive.map { right[$0] })
      else {
        // Collinear with what is there already: it adds nothing.
        solution[passive.removeLast()] = 0
        return solution
      }
      var step = 1.0
      for (slot, index) in passive.enumerated() where trial[slot] <= 0 {
        step = min(step, solution[index] / (solution[index] - trial[slot]))
      }
      for (slot, index) in passive.enumerated() {
        solution[index] += step * (trial[slot] - solution[index])
      }
      if step == 1 { break }
      let blocked = passive.filter { solution[$0] <= 1e-14 }
      for index in blocked { solution[index] = 0 }
      passive.removeAll(where: blocked.contains)
      if blocked.isEmpty { break }
    }
  }
  return solution
}
