package import GraphLanguage

extension Graph {
  /// Declares a parameter and gives the value that reads it.
  package func parameter(
    _ declaration: ParameterDeclaration, at location: SourceLocation
  ) throws(GraphError) -> Value {
    guard acceptsParameters else {
      throw GraphError(
        "parameter '\(declaration.name)': parameters cannot be declared here; only an "
          + "architecture declares them", at: location)
    }
    return try addVariable(
      Variable(
        name: declaration.name, shape: declaration.shape, initializer: declaration.initializer,
        decays: declaration.decays, isParameter: true),
      at: location)
  }

  /// Adds an operation of the language after checking its inputs.
  package func add(
    _ operation: Operation, _ inputs: [Value], at location: SourceLocation
  ) throws(GraphError) -> Value {
    try check(inputs, of: operation.name, at: location)
    let type = try operation.resultType(of: inputs.map(\.type), at: location)
    return append(.language(operation), inputs, [type], at: location)[0]
  }

  /// Adds the reverse-mode derivative of a composite.
  ///
  /// - Parameters:
  ///   - operation: The composite.
  ///   - inputs: The inputs of the composite.
  ///   - cotangent: The gradient of the composite's result, in its shape.
  ///   - location: Where the composite was asked for.
  /// - Returns: The gradient of each float32 input, in order.
  /// - Throws: ``GraphError`` if the inputs or the cotangent do not fit the operation.
  /// - Precondition: The operation is a composite.
  package func addGradient(
    of operation: Operation, _ inputs: [Value], cotangent: Value, at location: SourceLocation
  ) throws(GraphError) -> [Value] {
    precondition(operation.isComposite, "\(operation.name) is not a composite")
    try check(inputs + [cotangent], of: "gradient of \(operation.name)", at: location)
    let type = try operation.resultType(of: inputs.map(\.type), at: location)
    guard cotangent.type == type else {
      throw GraphError(
        "gradient of \(operation.name): the cotangent \(cotangent.type) must have the result's "
          + "shape \(type)", at: location)
    }
    let results = inputs.map(\.type).filter { $0.elementType == .float32 }
    return append(.gradient(operation), inputs + [cotangent], results, at: location)
  }

  /// Adds an input that every run must be given.
  ///
  /// - Precondition: No input has this name.
  package func addInput(_ name: String, _ shape: Shape, _ elementType: ElementType) -> Value {
    precondition(!inputs.contains { $0.name == name }, "the input '\(name)' is there already")
    precondition(shape.isWithinLimit, "the input '\(name)' \(shape) is too large")
    let value = append(
      .input(inputs.count), [], [TensorType(shape, elementType)], at: SourceLocation(""))[0]
    inputs.append(Input(name: name, value: value))
    return value
  }

  /// Adds a variable and gives the value that reads it.
  ///
  /// - Throws: ``GraphError`` if the name is empty or taken, the shape is too large or the
  ///   initializer cannot be drawn from.
  package func addVariable(
    _ variable: Variable, at location: SourceLocation = SourceLocation("")
  ) throws(GraphError) -> Value {
    let what = variable.isParameter ? "parameter" : "variable"
    guard !variable.name.isEmpty else {
      throw GraphError("a \(what) of shape \(variable.shape) needs a name", at: location)
    }
    if let taken = variableIndices[variable.name] {
      throw GraphError(
        "\(what) '\(variable.name)' \(variable.shape): the name is taken by one of shape "
          + "\(variables[taken].shape); names must be unique in a model", at: location)
    }
    guard variable.shape.isWithinLimit else {
      throw GraphError(
        "\(what) '\(variable.name)' \(variable.shape): a tensor may have at most "
          + "\(Shape.largestElementCount) elements", at: location)
    }
    guard variable.initializer.isDrawable else {
      throw GraphError(
        "\(what) '\(variable.name)' \(variable.shape): the initializer \(variable.initializer) "
          + "needs finite numbers, a standard deviation of at least 0 and a lower bound that is "
          + "not above the upper", at: location)
    }
    let value = append(
      .variable(variables.count), [], [TensorType(variable.shape)], at: location)[0]
    variableIndices[variable.name] = variables.count
    variables.append(variable)
    variableValues.append(value)
    return value
  }

  /// Names a value that every run gives back.
  ///
  /// - Precondition: No output has this name, and the value is of this graph.
  package func addOutput(_ name: String, _ value: Value) {
    precondition(!outputs.contains { $0.name == name }, "the output '\(name)' is there already")
    precondition(contains(value), "the output '\(name)' is not a value of this graph")
    outputs.append(Output(name: name, value: value))
  }

  /// Stores a value as a variable's new content at the end of every run.
  ///
  /// - Throws: ``GraphError`` if the value is not of this graph, is not float32 in the variable's
  ///   shape, or the variable is updated already.
  /// - Precondition: There is a variable at the index.
  package func addUpdate(
    _ variable: Int, _ value: Value, at location: SourceLocation = SourceLocation("")
  ) throws(GraphError) {
    let updated = variables[variable]
    try check([value], of: "update of '\(updated.name)'", at: location)
    guard value.type == TensorType(updated.shape) else {
      throw GraphError(
        "update of '\(updated.name)': the new content \(value.type) must be float32 in the "
          + "variable's shape \(updated.shape)", at: location)
    }
    guard !updates.contains(where: { $0.variable == variable }) else {
      throw GraphError(
        "update of '\(updated.name)': the variable is updated already; once a run is allowed",
        at: location)
    }
    updates.append(Update(variable: variable, value: value))
  }

  /// The place of a variable, by its name.
  package func index(ofVariable name: String) -> Int? { variableIndices[name] }

  /// The value that reads a variable, by its name.
  package func value(ofVariable name: String) -> Value? {
    variableIndices[name].map { variableValues[$0] }
  }

  /// The node that computes a value.
  package func producer(of value: Value) -> Node { nodes[producers[Int(value.id)]] }

  /// Whether a value is one of this graph's.
  package func contains(_ value: Value) -> Bool {
    values.indices.contains(Int(value.id)) && values[Int(value.id)] == value
  }

  /// Appends a node whose inputs and result types have been checked.
  func append(
    _ operation: NodeOperation, _ inputs: [Value], _ types: [TensorType],
    at location: SourceLocation
  ) -> [Value] {
    let results = types.enumerated().map { offset, type in
      Value(
        id: Int32(values.count + offset), shape: type.shape, elementType: type.elementType)
    }
    values += results
    producers += results.map { _ in nodes.count }
    nodes.append(
      Node(
        operation: operation, inputs: inputs, results: results, location: location,
        section: section))
    return results
  }

  /// Refuses values of another graph.
  func check(
    _ inputs: [Value], of name: String, at location: SourceLocation
  ) throws(GraphError) {
    for (place, value) in inputs.enumerated() where !contains(value) {
      throw GraphError(
        "\(name): input \(place) \(value.type) is not a value of this graph; use only values that "
          + "its builder gave, while the describing call runs", at: location)
    }
  }
}

extension Initializer {
  /// Whether numbers can be drawn: all finite, the spread not negative.
  fileprivate var isDrawable: Bool {
    switch self {
    case .constant(let value): value.isFinite
    case .normal(let mean, let deviation): mean.isFinite && deviation.isFinite && deviation >= 0
    case .uniform(let lower, let upper): lower.isFinite && upper.isFinite && lower <= upper
    }
  }
}
