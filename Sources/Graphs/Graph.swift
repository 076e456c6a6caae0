package import GraphLanguage

/// What a node of a graph computes.
package enum NodeOperation: Hashable, Sendable {
  /// Reads a variable, by its place among the graph's variables.
  case variable(Int)
  /// Reads an input, by its place among the graph's inputs.
  case input(Int)
  /// An operation of the language; one result.
  case language(Operation)
  /// The reverse-mode derivative of a composite.
  ///
  /// Inputs: those of the composite, then the gradient of its result. Results: the gradient of each
  /// float32 input of the composite, in order.
  case gradient(Operation)
  /// Machine code that gives its first inputs new elements, one result for each.
  ///
  /// Inputs: the tensors to update, those to read, the scalars; where it is guarded a scalar more, and
  /// where that is 0 the results are the old elements.
  case elementwise(ElementwiseFunction, isGuarded: Bool)
}

/// A tensor that lives in an engine's session from run to run: a parameter or optimizer state.
package struct Variable: Hashable, Sendable {
  package var name: String
  package var shape: Shape
  package var initializer: Initializer
  /// Whether weight decay is meant to act on it.
  package var decays: Bool
  /// Whether an architecture declared it, so that it is trained; else it is optimizer state.
  package var isParameter: Bool

  package init(
    name: String, shape: Shape, initializer: Initializer, decays: Bool, isParameter: Bool
  ) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.decays = decays
    self.isParameter = isParameter
  }
}

/// A computation with static shapes, in an order in which it can run.
///
/// A graph is built once, by one owner, and not changed after it is compiled. Variables are float32.
package final class Graph: GraphBuilder {
  package struct Node: Hashable, Sendable {
    package var operation: NodeOperation
    package var inputs: [Value]
    package var results: [Value]
    package var location: SourceLocation
    package var section: Section
  }

  /// What a node is there for.
  package enum Section: String, Hashable, Sendable, CaseIterable {
    case forward
    case backward
    case update
  }

  package struct Input: Hashable, Sendable {
    package var name: String
    package var value: Value
  }

  package struct Output: Hashable, Sendable {
    package var name: String
    package var value: Value
  }

  /// A variable's new content, stored after everything else of a run has been computed.
  package struct Update: Hashable, Sendable {
    package var variable: Int
    package var value: Value
  }

  package internal(set) var nodes: [Node] = []
  /// Every value, by its id.
  package internal(set) var values: [Value] = []
  package internal(set) var variables: [Variable] = []
  /// The value that reads each variable.
  package internal(set) var variableValues: [Value] = []
  package internal(set) var inputs: [Input] = []
  package internal(set) var outputs: [Output] = []
  package internal(set) var updates: [Update] = []
  /// The node that computes each value, by the value's id.
  package internal(set) var producers: [Int] = []
  /// Whether parameters may be declared: while an architecture describes, not while an optimizer does.
  package var acceptsParameters = true
  /// What the nodes that are added next are there for.
  package var section = Section.forward

  /// The place of each variable, by name.
  var variableIndices: [String: Int] = [:]

  package init() {}
}
