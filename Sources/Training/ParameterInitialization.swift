import Corpora
package import GraphLanguage
package import Graphs

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
      return random.normals(
        count: shape.elementCount, mean: Double(mean),
        standardDeviation: Double(standardDeviation))
    case .uniform(let low, let high):
      return random.uniforms(
        count: shape.elementCount, from: Double(low), to: Double(high))
    }
  }

  /// Gives variables of a fresh session their first values.
  ///
  /// - Throws: ``EngineError`` if the session has no such variable.
  package func fill(
    _ variables: [Variable], of session: any EngineSession
  ) throws(EngineError) {
    // A session starts with zeros; to write them again would only take time and touch memory.
    for variable in variables {
      if case .constant(let value) = variable.initializer, value.bitPattern == 0 { continue }
      try session.write(
        variable.name,
        elements(of: variable.name, shape: variable.shape, variable.initializer))
    }
  }
}
