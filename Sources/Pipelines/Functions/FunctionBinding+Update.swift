import PluginBridges
import PluginSDK

extension FunctionBinding {
  /// Names that mean something in every update.
  static let reservedOfUpdates = [
    "count", "gradient", "parameter", "learning_rate", "step", "decays", "expect", "tolerance",
  ]

  /// What stands before the name of a tensor where its new elements go elsewhere.
  private static let new = "new_"

  /// What the function of an optimizer may take.
  init(states: [String], options: [OptionDeclaration]) {
    var offers: [(name: String, offer: Offer)] = [
      ("count", Offer(role: .count, form: .wholeNumber)),
      ("gradient", Offer(role: .gradient, form: .elements(.read))),
    ]
    for (index, name) in Self.tensors(states).enumerated() {
      offers.append((name, Offer(role: .tensor(index), form: .elements(.any))))
      offers.append((Self.new + name, Offer(role: .newTensor(index), form: .elements(.written))))
    }
    offers += [
      ("learning_rate", Offer(role: .learningRate, form: .number)),
      ("step", Offer(role: .step, form: .wholeNumber)),
      ("decays", Offer(role: .decays, form: .wholeNumber)),
    ]
    for (index, option) in options.enumerated() {
      var form = Form.wholeNumber
      if case .real = option.type { form = .number }
      offers.append((option.name, Offer(role: .option(index), form: form)))
    }
    self.init(offers: offers)
  }

  private static func tensors(_ states: [String]) -> [String] {
    [ForeignFunction.Update.parameter] + states
  }

  /// Reads the declaration of an update, all of whose arguments the host can give and which takes all
  /// that an update needs; reports what is not so.
  ///
  /// - Returns: The function; nil if anything is wrong, which is reported.
  func update(
    _ field: Field, states: [String], options: [OptionDeclaration]
  ) -> ForeignCallable? {
    guard let (prototype, arguments) = declaration(field) else { return nil }
    if let (problem, role) = problem(
      prototype, arguments, tensors: Self.tensors(states), options: options)
    {
      let place = role.flatMap { role in arguments.firstIndex { $0.role == role } }
      field.report(problem, offset: place.map { prototype.arguments[$0].offset } ?? 0)
      return nil
    }
    return ForeignCallable(prototype, arguments: arguments, isBatch: true)
  }

  /// The first thing that is wrong with the arguments together, and the argument to blame.
  private func problem(
    _ prototype: ForeignPrototype, _ arguments: [ForeignCallable.Argument], tensors: [String],
    options: [OptionDeclaration]
  ) -> (String, ForeignCallable.Role?)? {
    let roles = arguments.map(\.role)
    if prototype.result?.isReal ?? false {
      return ("an update goes to 'parameter', so the result is void, or an int that is 0", nil)
    }
    for (name, role, argument) in [
      ("the number of elements", ForeignCallable.Role.count, "int64_t count"),
      ("the gradient", .gradient, "const float *gradient"),
      ("the learning rate", .learningRate, "float learning_rate"),
    ] where !roles.contains(role) {
      return ("\(name) reaches no argument: take '\(argument)'", nil)
    }
    for (index, name) in tensors.enumerated() {
      let passing = arguments.first { $0.role == .tensor(index) }?.passing
      switch (passing, roles.contains(.newTensor(index))) {
      case (.output, false), (.input, true): continue
      case (.output, true):
        return (
          "'\(name)' is replaced in place already: write 'const float *\(name)', or remove this",
          .newTensor(index)
        )
      case (.input, false):
        return (
          "'\(name)' is only read: write 'float *\(name)' to replace it, or take 'float "
            + "*\(Self.new)\(name)' too",
          .tensor(index)
        )
      default:
        return ("'\(name)' reaches no argument: take 'float *\(name)' to read and replace it", nil)
      }
    }
    for (index, option) in options.enumerated() where !roles.contains(.option(index)) {
      var type = "int"
      if case .real = option.type { type = "float" }
      return ("the option '\(option.name)' reaches no argument: take '\(type) \(option.name)'", nil)
    }
    return nil
  }
}
