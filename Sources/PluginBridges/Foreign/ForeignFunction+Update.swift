package import PluginSDK

extension ForeignFunction {
  /// An update of a parameter, element by element, with the states that it keeps.
  package struct Update: Hashable, Sendable {
    package var function: ForeignCallable
    /// Tensors in the parameter's shape, in the order of the manifest.
    package var states: [State]
    /// What a pipeline may write, in the order of the manifest.
    package var options: [OptionDeclaration]
    /// How many threads may be in the function at once.
    package var concurrency: PluginConcurrency

    package init(
      function: ForeignCallable, states: [State], options: [OptionDeclaration],
      concurrency: PluginConcurrency
    ) {
      self.function = function
      self.states = states
      self.options = options
      self.concurrency = concurrency
    }

    /// The names of what it replaces: the parameter, then its states.
    package var tensors: [String] { [Self.parameter] + states.map(\.name) }

    /// What the parameter is called in a declaration and in a self-test.
    package static let parameter = "parameter"
  }

  /// A state that an update keeps for each element of a parameter.
  package struct State: Hashable, Sendable {
    package var name: String
    /// What every element starts as.
    package var initialValue: Float

    package init(_ name: String, initialValue: Float) {
      self.name = name
      self.initialValue = initialValue
    }
  }

  /// An update of some elements with what is expected of it.
  package struct UpdateCase: Hashable, Sendable {
    /// The parameter, then the states, all of one length; then the same as expected.
    package var tensors: [[Float]]
    package var expected: [[Float]]
    package var gradient: [Float]
    package var learningRate: Double
    package var step: Int
    package var decays: Bool
    /// Complete.
    package var options: OptionValues

    package init(
      tensors: [[Float]], expected: [[Float]], gradient: [Float], learningRate: Double, step: Int,
      decays: Bool, options: OptionValues
    ) {
      self.tensors = tensors
      self.expected = expected
      self.gradient = gradient
      self.learningRate = learningRate
      self.step = step
      self.decays = decays
      self.options = options
    }
  }
}
