import OrderedCollections
import PluginBridges
import PluginSDK

extension FunctionReader {
  private static let roles: [(word: String, role: LawRole)] = [
    ("coefficient", .coefficient), ("exponent", .exponent), ("shape", .shape),
  ]

  /// The parameters of a law, in the order of the file.
  func readParameters() -> [LawParameter]? {
    guard
      let field = root.required(
        "parameters", "the parameters in the order of theta, each with its role and bounds"),
      let section = Section(field, expected: "parameters, as E: { role: …, bounds: [0, 10] }")
    else { return nil }
    guard !section.fields.isEmpty else {
      field.report("found no parameter, expected at least one")
      return nil
    }
    let parameters = section.fields.compactMap { name, field in readParameter(field, name: name) }
    return parameters.count == section.fields.count ? parameters : nil
  }

  private func readParameter(_ field: Field, name: String) -> LawParameter? {
    let before = findings.count
    checkName(of: field, name, "a parameter", reserved: FunctionBinding.reservedNames)
    let keys = SectionKeys.functionParameter
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let words = Self.roles.map(\.word)
    let role = section.required("role", "what it does: \(listed(words, conjunction: "or"))")
      .flatMap { $0.word(of: words) }.flatMap { word in Self.roles.first { $0.word == word }?.role }
    let boundsField = section.required("bounds", "where a fit may look, as [0, 10]")
    let bounds = boundsField.flatMap(readBounds)
    if let boundsField, let bounds, role == .coefficient, bounds.lowerBound < 0 {
      boundsField.report("a coefficient is at least 0, so its lower bound is; or its role is shape")
    }
    var unit: String? = "1"
    if let field = section["unit"] { unit = field.text(expected: "a unit, as nats") }
    guard findings.count == before, let role, let bounds, let unit else { return nil }
    return LawParameter(name, role, bounds: bounds, unit: unit)
  }

  /// Reports a name that no argument in C can have, or that means something already.
  func checkName(of field: Field, _ name: String, _ what: String, reserved: [String]) {
    let isName =
      name.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
      } && name.unicodeScalars.first?.properties.numericType == nil && name.utf8.count <= 63
    if isName, !reserved.contains(name) { return }
    findings.report(
      "'\(name)' cannot name \(what); allowed are up to 63 letters, digits and underscores, the first "
        + "no digit, but not \(listed(reserved))",
      at: field.keyPosition, path: field.path)
  }

  /// Two numbers, the first below the second.
  func readBounds(_ field: Field) -> ClosedRange<Double>? {
    guard let elements = field.elements(expected: "two numbers, as [0, 10]") else { return nil }
    guard elements.count == 2 else {
      field.report("found \(elements.count) numbers, expected two, as [0, 10]")
      return nil
    }
    let numbers = elements.compactMap { $0.anyNumber() }
    guard numbers.count == 2 else { return nil }
    guard numbers[0] < numbers[1] else {
      field.report(
        "the lower bound \(numbers[0]) is not below the upper one \(numbers[1]); exchange them")
      return nil
    }
    return numbers[0]...numbers[1]
  }

  /// The self-tests, at least one.
  ///
  /// - Parameter inputs: What each gives, in order; nil if that is not known and only the rest of
  ///   each test is read.
  /// - Returns: nil if anything is wrong, which is reported.
  func readSelfTests(inputs: [String]?) -> [ForeignFunction.SelfTest]? {
    let elements = selfTestFields(
      example: "{ progress: 0.5, expect: 0.5, tolerance: 1e-9 }")
    guard let elements else { return nil }
    let tests = elements.compactMap { readSelfTest($0, inputs: inputs) }
    return tests.count == elements.count && inputs != nil ? tests : nil
  }

  /// Where the self-tests stand; nil if there are none, which is reported.
  func selfTestFields(example: String) -> [Field]? {
    root.required(
      "self_tests",
      "a list of inputs with what is expected of them; without one a function is never called"
    ).flatMap { $0.elements(expected: "self-tests, as \(example)") }
  }

  /// The greatest difference that a self-test allows.
  func readTolerance(_ section: Section) -> Double? {
    section.required(
      "tolerance", "the greatest difference between the result and what is expected"
    ).flatMap { $0.real(in: RealRange(0 ... .infinity), percentages: false) }
  }

  private func readSelfTest(_ field: Field, inputs: [String]?) -> ForeignFunction.SelfTest? {
    let names = inputs ?? []
    let keys = names + ["expect", "tolerance"]
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    if inputs != nil { section.refuseUnknown(allowed: [("keys", keys)]) }
    let expected = section.required("expect", "the result that is expected")
      .flatMap { $0.anyNumber() }
    let tolerance = readTolerance(section)
    let given = names.compactMap { name in
      section.required(name, "the input '\(name)'").flatMap { field -> Double? in
        if name == "progress" { return field.real(in: .unit, percentages: true) }
        return ["N", "D"].contains(name)
          ? field.real(in: .positive, percentages: false) : field.anyNumber()
      }
    }
    guard let expected, let tolerance, given.count == names.count else { return nil }
    return ForeignFunction.SelfTest(
      line: field.node.position.line, .point(inputs: given, expected: expected),
      tolerance: tolerance)
  }
}
