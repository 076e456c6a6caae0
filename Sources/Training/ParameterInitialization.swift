import Corpora
package import GraphLanguage

/// How parameters get their first values.
///
/// Every number is a function of the seed, the parameter's name and the element's place alone: it
/// changes with no other parameter, no order of declaration, no thread.
package struct ParameterInitialization: Hashable, Sendable {
  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// The elements of a parameter in row-major order.
  package func elements(
    of name: String, shape: Shape, _ initializer: Initializer
  ) -> [Float] {
    let random = CounterRandom(seed: seed, stream: "parameter/\(name)")
    switch initializer {
    case .constant(let value):
      return Array(repeating: value, count: shape.elementCount)
    case .normal(let mean, let standardDeviation):
      return (0..<UInt64(shape.elementCount)).map { place in
        Float(Double(mean) + Double(standardDeviation) * random.normal(place))
      }
    case .uniform(let low, let high):
      return (0..<UInt64(shape.elementCount)).map { place in
        Float(Double(low) + (Double(high) - Double(low)) * random.uniform(place))
      }
    }
  }
}
