extension TransformerShape {
  /// The options `width`, `layers` and `heads`, each of which a target size may stand for.
  public static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "width", .integer(2...65_536), .optional,
      help: "Width of the residual stream; chosen for the target size where it is absent."),
    OptionDeclaration(
      "layers", .integer(1...10_000), .optional,
      help: "Number of layers; chosen for the target size where it is absent."),
    OptionDeclaration(
      "heads", .integer(1...65_536), .optional,
      help: "Attention heads a layer; chosen for the target size where they are absent."),
  ]

  /// Reads a shape from its options.
  ///
  /// - Throws: ``PluginError`` if one is absent.
  public init(_ options: OptionValues) throws(PluginError) {
    guard let width = options.integer("width"), let layers = options.integer("layers"),
      let heads = options.integer("heads")
    else {
      throw PluginError(
        .invalidArgument, "width, layers and heads are needed: write all three, or a target size")
    }
    self.init(width: width, layers: layers, heads: heads)
  }

  /// Chooses the options whose parameters come nearest to a target, by
  /// ``nearest(to:fixed:isAllowed:count:)``; those that are written stay.
  ///
  /// - Parameters:
  ///   - target: The number of parameters to come near to.
  ///   - options: What the pipeline writes.
  ///   - restrictions: The names of further options that a shape has to go with.
  ///   - isAllowed: Whether an architecture can have this shape.
  ///   - count: The number of parameters of a shape, which grows evenly with `layers`.
  /// - Returns: The three options.
  /// - Throws: ``PluginError`` if no shape goes with the options.
  public static func options(
    near target: Int, _ options: OptionValues, restrictedBy restrictions: String...,
    isAllowed: (TransformerShape) -> Bool, count: (TransformerShape) -> Int
  ) throws(PluginError) -> OptionValues {
    let fixed = Fixed(
      width: options.integer("width"), layers: options.integer("layers"),
      heads: options.integer("heads"))
    guard let shape = nearest(to: target, fixed: fixed, isAllowed: isAllowed, count: count) else {
      let names = ["width", "layers", "heads"] + restrictions
      throw PluginError(
        .invalidArgument,
        "no shape near \(target) parameters goes with the options written: leave some of "
          + "\(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1]) out")
    }
    return OptionValues([
      "width": .integer(shape.width), "layers": .integer(shape.layers),
      "heads": .integer(shape.heads),
    ])
  }
}
