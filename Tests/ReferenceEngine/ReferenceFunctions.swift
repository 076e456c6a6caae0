import Glibc
package import GraphLanguage

extension UnaryFunction {
  /// The function in float64.
  package func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .exponential: exp(x)
    case .logarithm: log(x)
    case .squareRoot: x.squareRoot()
    case .reciprocalSquareRoot: 1 / x.squareRoot()
    case .tanh: Glibc.tanh(x)
    case .logistic: 1 / (1 + exp(-x))
    case .sine: sin(x)
    case .cosine: cos(x)
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : x)
    }
  }
}

extension BinaryFunction {
  /// The function in float64.
  package func callAsFunction(_ x: Double, _ y: Double) -> Double {
    switch self {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .maximum: x >= y ? x : y
    case .minimum: x <= y ? x : y
    case .power: pow(x, y)
    }
  }
}

extension Comparison {
  /// Whether the comparison holds.
  package func callAsFunction(_ x: Double, _ y: Double) -> Bool {
    switch self {
    case .equal: x == y
    case .less: x < y
    case .lessOrEqual: x <= y
    }
  }
}
