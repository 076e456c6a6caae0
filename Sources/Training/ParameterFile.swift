package import Graphs

/// A safetensors file that holds exactly the tensors of some variables.
package enum ParameterFile {
  /// Copies a file's tensors into a session.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint`, naming the first tensor that is missing, not
  ///   wanted or of another shape.
  package static func load(
    _ variables: [Variable], from path: String, into session: any EngineSession
  ) throws(TrainingError) {
    let file = try Safetensors(path: path)
    try check(file, against: variables)
    do {
      try file.readTensors { name, _, elements in try session.write(name, elements) }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.model, "\(error)")
    }
  }

  private static func check(
    _ file: Safetensors, against variables: [Variable]
  ) throws(TrainingError) {
    let shapes = file.shapes
    for variable in variables {
      guard let shape = shapes[variable.name] else {
        throw TrainingError(
          .checkpoint,
          "'\(file.path)' has no tensor '\(variable.name)' \(variable.shape), which the model "
            + "needs; it was written for another model")
      }
      guard shape == variable.shape else {
        throw TrainingError(
          .checkpoint,
          "'\(file.path)': tensor '\(variable.name)' is \(shape) and the model needs "
            + "\(variable.shape)")
      }
    }
    let known = Set(variables.map(\.name))
    if let extra = shapes.keys.sorted().first(where: { !known.contains($0) }) {
      throw TrainingError(
        .checkpoint,
        "'\(file.path)' has a tensor '\(extra)' that the model does not know; it was written for "
          + "another model")
    }
  }
}
