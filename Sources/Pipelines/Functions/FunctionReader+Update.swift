import OrderedCollections
import PluginBridges
import PluginSDK

extension FunctionReader {
  private static let concurrencies: [(word: String, value: PluginConcurrency)] = [
    ("serial", .serial), ("concurrent", .concurrent),
  ]

  /// The update of an optimizer with its self-tests; each nil if anything about it is wrong, which is
  /// reported.
  func readUpdate() -> (ForeignFunction.Place?, [ForeignFunction.SelfTest]?) {
    let states = readStates()
    let options = readOptions(beside: states ?? [])
    var concurrency: PluginConcurrency? = .serial
    if let field = root["concurrency"] {
      concurrency = field.word(of: Self.concurrencies.map(\.word))
        .flatMap { word in Self.concurrencies.first { $0.word == word }?.value }
    }
    let field = root.required(
      "function",
      "its declaration in C, as void descend(int64_t count, const float *gradient, float "
        + "*parameter, float learning_rate)")
    guard let states, let options else {
      _ = selfTestFields(example: Self.exampleOfTest)
      return (nil, nil)
    }
    let function = field.flatMap {
      FunctionBinding(states: states.map(\.name), options: options)
        .update($0, states: states.map(\.name), options: options)
    }
    let tests = readUpdateTests(
      states, options, roles: function.map { $0.arguments.map(\.role) } ?? [])
    guard let function, let concurrency else { return (nil, tests) }
    let update = ForeignFunction.Update(
      function: function, states: states, options: options, concurrency: concurrency)
    return (.optimizer(update), tests)
  }

  private func readStates() -> [ForeignFunction.State]? {
    guard let field = root["states"] else { return [] }
    let expected = "states and what they start as, as { momentum: 0 }"
    guard let section = Section(field, expected: expected) else { return nil }
    let before = findings.count
    let states = section.fields.compactMap { name, field -> ForeignFunction.State? in
      checkName(of: field, name, "a state", reserved: FunctionBinding.reservedOfUpdates)
      return field.float().map { ForeignFunction.State(name, initialValue: $0) }
    }
    return findings.count == before ? states : nil
  }

  private func readOptions(beside states: [ForeignFunction.State]) -> [OptionDeclaration]? {
    guard let field = root["options"] else { return [] }
    guard let section = Section(field, expected: "options, as beta: { default: 0.9, help: … }")
    else { return nil }
    let before = findings.count
    let taken = FunctionBinding.reservedOfUpdates + states.map(\.name)
    // A key of the pipeline's section wins over an option of its name.
    let keys = SectionKeys.optimizer.filter { !taken.contains($0) }
    let options = section.fields.compactMap { name, field -> OptionDeclaration? in
      checkName(of: field, name, "an option", reserved: taken + keys)
      return readOption(field, name: name)
    }
    return findings.count == before ? options : nil
  }

  private func readOption(_ field: Field, name: String) -> OptionDeclaration? {
    let keys = SectionKeys.functionOption
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let help = section.required("help", "one line on what it does")
      .flatMap { $0.text(expected: "one line on what it does") }
    var word: String? = "real"
    if let field = section["type"] { word = field.word(of: ["real", "integer", "boolean"]) }
    var range: ClosedRange<Double>? = -Double.infinity...Double.infinity
    if let field = section["range"] {
      range = readBounds(field)
      if word == "boolean" {
        field.report("true and false have no range; remove the key")
        return nil
      }
    }
    guard let help, let word, let range else { return nil }
    let type: OptionType
    var value: OptionValue?
    let given = section["default"]
    switch word {
    case "boolean":
      type = .boolean
      value = given.flatMap { $0.boolean() }.map(OptionValue.boolean)
    case "integer":
      let range = Int(clamping: range.lowerBound)...Int(clamping: range.upperBound)
      type = .integer(range)
      value = given.flatMap { $0.integer(in: range) }.map(OptionValue.integer)
    default:
      type = .real(range)
      value = given.flatMap { $0.real(in: RealRange(range), percentages: true) }
        .map(OptionValue.real)
    }
    guard given == nil || value != nil else { return nil }
    return OptionDeclaration(name, type, value.map { .defaulted($0) } ?? .required, help: help)
  }

  private static let exampleOfTest =
    "{ parameter: [1], gradient: [2], learning_rate: 0.5, expect: { parameter: [0] }, "
    + "tolerance: 1e-6 }"

  private func readUpdateTests(
    _ states: [ForeignFunction.State], _ options: [OptionDeclaration],
    roles: [ForeignCallable.Role]
  ) -> [ForeignFunction.SelfTest]? {
    guard let elements = selfTestFields(example: Self.exampleOfTest) else { return nil }
    let reader = UpdateTestReader(
      states: states, options: options, takesStep: roles.contains(.step),
      takesDecays: roles.contains(.decays), function: self)
    let tests = elements.compactMap(reader.read)
    return tests.count == elements.count ? tests : nil
  }
}

/// Reads the self-tests of an update.
private struct UpdateTestReader {
  let states: [ForeignFunction.State]
  let options: [OptionDeclaration]
  let takesStep: Bool
  let takesDecays: Bool
  let function: FunctionReader

  private var tensors: [String] { [ForeignFunction.Update.parameter] + states.map(\.name) }

  /// Reads one; nil if anything is wrong, which is reported.
  func read(_ field: Field) -> ForeignFunction.SelfTest? {
    let keys =
      tensors + ["gradient", "learning_rate", "step", "decays"] + options.map(\.name)
      + ["expect", "tolerance"]
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    let before = field.findings.count
    section.refuseUnknown(allowed: [("keys", keys)])
    let parameter = section.required(tensors[0], "elements of a parameter, as [1, -2]")
      .flatMap { $0.floats() }
    let gradient = section.required("gradient", "the gradient of each element, as [0.5, 0]")
      .flatMap { $0.floats(count: parameter?.count) }
    let old = states.map { state in
      section[state.name].map { $0.floats(count: parameter?.count) }
        ?? parameter.map { $0.map { _ in state.initialValue } }
    }
    let rate = section.required("learning_rate", "the learning rate, as 0.1")
      .flatMap { $0.real(in: RealRange(0 ... .infinity), percentages: false) }
    var step: Int? = 1
    if let field = takesStep ? section.required("step", "1 in the first update") : section["step"] {
      step = field.integer(in: 1...1 << 24)
    }
    var decays: Bool? = false
    let meaning = "whether weight decay is meant to act, true or false"
    if let field = takesDecays ? section.required("decays", meaning) : section["decays"] {
      decays = field.boolean()
    }
    let values = OptionReader(
      owner: "the function", declarations: options,
      corpora: DeclaredNames(kind: "corpus", names: []), findings: field.findings
    ).read(
      section.fields.filter { key, _ in options.contains { $0.name == key } },
      place: (section.position, section.path))
    let expected = readExpected(section, count: parameter?.count)
    let tolerance = function.readTolerance(section)
    guard field.findings.count == before, let parameter, let gradient, let rate, let step,
      let decays, let expected, let tolerance
    else { return nil }
    return ForeignFunction.SelfTest(
      line: field.node.position.line,
      .update(
        ForeignFunction.UpdateCase(
          tensors: [parameter] + old.compactMap(\.self), expected: expected, gradient: gradient,
          learningRate: rate, step: step, decays: decays, options: values)),
      tolerance: tolerance)
  }

  private func readExpected(_ section: Section, count: Int?) -> [[Float]]? {
    let meaning = "what \(listed(tensors)) become"
    guard let field = section.required("expect", meaning),
      let section = Section(field, expected: "the keys \(listed(tensors))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", tensors)])
    let all = tensors.compactMap { name in
      section.required(name, "what its elements become, as [0.9, -2]")
        .flatMap { $0.floats(count: count) }
    }
    return all.count == tensors.count ? all : nil
  }
}

extension Field {
  /// A number as float32.
  fileprivate func float() -> Float? {
    guard let number = anyNumber() else { return nil }
    guard Float(number).isFinite else {
      reportMismatch(expected: "a number that float32 holds")
      return nil
    }
    return Float(number)
  }

  /// Numbers as float32; so many, where that is known.
  fileprivate func floats(count: Int? = nil) -> [Float]? {
    guard let elements = elements(expected: "numbers, as [1, -2]") else { return nil }
    if let count, elements.count != count {
      report("found \(elements.count) numbers, expected \(count), one for each of 'parameter'")
      return nil
    }
    let numbers = elements.compactMap { $0.float() }
    return numbers.count == elements.count ? numbers : nil
  }
}

extension Int {
  /// The nearest whole number, with the ends for what lies beyond them.
  fileprivate init(clamping number: Double) {
    self = Int(exactly: number.rounded()) ?? (number < 0 ? .min : .max)
  }
}
