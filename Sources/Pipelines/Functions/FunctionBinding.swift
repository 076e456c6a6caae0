import PluginBridges
import PluginSDK

/// What the host can give to a function of one place, by the names of the function's arguments.
struct FunctionBinding {
  /// What stands behind a name.
  struct Offer {
    var role: ForeignCallable.Role
    var form: Form
  }

  enum Form {
    /// One number, or a pointer to one for each point.
    case point
    case number
    case wholeNumber
    /// A pointer to numbers to read, so many.
    case read(String)
    /// A pointer to numbers to write, so many.
    case written(String)
    /// A pointer to a float for each element: to read, to write, or either.
    case elements(ElementUse)
  }

  enum ElementUse {
    case read, written, any
  }

  /// Names of arguments and inputs that mean something already.
  static let reservedNames = [
    "theta", "parameter_count", "count", "result", "results", "gradient", "gradients", "progress",
    "expect", "tolerance", "N", "D",
  ]

  private let offers: [(name: String, offer: Offer)]
  /// The names of which a function takes at least one.
  private let points: [String]
  private let parameters: [String]

  /// What something may take that has no points.
  init(offers: [(name: String, offer: Offer)]) {
    self.offers = offers
    points = []
    parameters = []
  }

  /// What a law's function may take.
  init(variables: [String], parameters: [String]) {
    points = variables
    self.parameters = parameters
    var offers: [(name: String, offer: Offer)] = []
    for (index, name) in variables.enumerated() {
      offers.append((name, Offer(role: .variable(index), form: .point)))
    }
    for (index, name) in parameters.enumerated() {
      offers.append((name, Offer(role: .parameter(index), form: .number)))
    }
    offers += [
      ("theta", Offer(role: .parameters, form: .read("parameter_count numbers"))),
      ("parameter_count", Offer(role: .parameterCount, form: .wholeNumber)),
      ("count", Offer(role: .count, form: .wholeNumber)),
      ("results", Offer(role: .results, form: .written("a number for each point"))),
      (
        "gradients",
        Offer(role: .gradients, form: .written("parameter_count numbers for each point"))
      ),
    ]
    self.offers = offers
  }

  /// What a function of progress may take.
  init() {
    points = ["progress"]
    parameters = []
    offers = [
      ("progress", Offer(role: .progress, form: .point)),
      ("count", Offer(role: .count, form: .wholeNumber)),
      ("results", Offer(role: .results, form: .written("a number for each point"))),
    ]
  }

  /// Reads a declaration all of whose arguments the host can give; reports what it cannot.
  ///
  /// - Parameters:
  ///   - field: The text.
  ///   - output: What it must give: results or derivatives.
  /// - Returns: The function; nil if anything is wrong, which is reported.
  func callable(_ field: Field, gives output: ForeignCallable.Role) -> ForeignCallable? {
    guard let (prototype, arguments) = declaration(field) else { return nil }
    let before = field.findings.count
    let passings = arguments.filter(isPoint).map(\.passing)
    let isBatch = passings.contains(.input)
    check(prototype, arguments, isBatch: isBatch, gives: output, at: field)
    guard field.findings.count == before else { return nil }
    return ForeignCallable(prototype, arguments: arguments, isBatch: isBatch)
  }

  /// Reads a declaration each of whose arguments the host can give; reports what it cannot.
  func declaration(
    _ field: Field
  ) -> (prototype: ForeignPrototype, arguments: [ForeignCallable.Argument])? {
    guard let text = field.text(expected: "a declaration in C, as double loss(double N, double D)")
    else { return nil }
    let prototype: ForeignPrototype
    do throws(ForeignPrototypeError) {
      prototype = try ForeignPrototype(text)
    } catch {
      field.report(error.message, offset: error.offset)
      return nil
    }
    let before = field.findings.count
    let arguments = prototype.arguments.compactMap { argument(of: $0, at: field) }
    return field.findings.count == before ? (prototype, arguments) : nil
  }

  private func isPoint(_ argument: ForeignCallable.Argument) -> Bool {
    switch argument.role {
    case .variable, .progress: true
    default: false
    }
  }

  /// One argument with what it gets; nil if it cannot be given, which is reported.
  private func argument(
    of written: ForeignPrototype.Argument, at field: Field
  ) -> ForeignCallable.Argument? {
    // The singular reads better where there is one of them.
    let plural = ["result", "gradient"].contains(written.name) ? written.name + "s" : nil
    let known = offers.first { $0.name == written.name } ?? offers.first { $0.name == plural }
    guard let offer = known?.offer else {
      let names = offers.map(\.name)
      let hint = suggestion(for: written.name, among: names)
      field.report(
        "nothing is known of the name '\(written.name)'\(hint.isEmpty ? ";" : hint) an argument "
          + "gets what its name says: \(listed(names, conjunction: "or"))",
        offset: written.offset)
      return nil
    }
    let type = written.number.name
    let real = written.number.isReal ? type : "double"
    let problem: String? =
      switch (offer.form, written.passing) {
      case (.point, .output):
        "'\(written.name)' is only read: write 'const \(real) *\(written.name)' for many points, "
          + "or '\(real) \(written.name)' for one"
      case (.number, .input), (.number, .output):
        "'\(written.name)' is one number and no pointer: write '\(real) \(written.name)'"
      case (.wholeNumber, .input), (.wholeNumber, .output):
        "'\(written.name)' is one whole number and no pointer: write 'int64_t \(written.name)'"
      case (.read(let length), .value):
        "'\(written.name)' is \(length) and not one: write 'const \(real) *\(written.name)'"
      case (.read, .output):
        "'\(written.name)' is only read: write 'const \(real) *\(written.name)'"
      case (.written(let length), .value), (.written(let length), .input):
        "'\(written.name)' is where the function writes \(length): write '\(real) *\(written.name)'"
      case (.elements(.read), .value), (.elements(.read), .output):
        "'\(written.name)' is a number for each element, only read: write 'const float "
          + "*\(written.name)'"
      case (.elements(.written), .value), (.elements(.written), .input):
        "'\(written.name)' is where the function writes a number for each element: write 'float "
          + "*\(written.name)'"
      case (.elements(.any), .value):
        "'\(written.name)' is a number for each element: write 'float *\(written.name)' to replace "
          + "them, or 'const float *\(written.name)' beside 'float *new_\(written.name)'"
      case (.elements, _) where written.number != .f32:
        "'\(written.name)' holds float32 numbers: write float, not '\(type)'"
      case (.wholeNumber, .value) where written.number.isReal:
        "'\(written.name)' is a whole number: write 'int64_t \(written.name)' or 'int', not "
          + "'\(type)'"
      case (.point, _) where !written.number.isReal, (.number, _) where !written.number.isReal,
        (.read, _) where !written.number.isReal, (.written, _) where !written.number.isReal:
        "'\(written.name)' holds fractions: write double or float, not '\(type)'"
      default: nil
      }
    if let problem {
      field.report(problem, offset: written.offset)
      return nil
    }
    return ForeignCallable.Argument(
      role: offer.role, number: written.number, passing: written.passing)
  }

  /// Whether the arguments make sense together; reports the first reason that they do not.
  private func check(
    _ prototype: ForeignPrototype, _ arguments: [ForeignCallable.Argument], isBatch: Bool,
    gives output: ForeignCallable.Role, at field: Field
  ) {
    func offset(_ isMeant: (ForeignCallable.Argument) -> Bool) -> Int {
      arguments.firstIndex(where: isMeant).map { prototype.arguments[$0].offset } ?? 0
    }
    let roles = arguments.map(\.role)
    guard arguments.contains(where: isPoint) else {
      field.report(
        "the function takes none of \(listed(points)), so it cannot depend on anything; take one as "
          + "'double \(points.first ?? "progress")'")
      return
    }
    if isBatch, let single = arguments.firstIndex(where: { isPoint($0) && $0.passing == .value }) {
      field.report(
        "'\(prototype.arguments[single].name)' is one number while others are pointers to many; "
          + "take either one point or many",
        offset: prototype.arguments[single].offset)
      return
    }
    if isBatch, !roles.contains(.count) {
      field.report(
        "a function over many points must be told how many there are: take 'int64_t count'")
      return
    }
    if !isBatch, roles.contains(.count) {
      field.report(
        "'count' is the number of points, and this function takes one at a time; take pointers, as "
          + "'const double *\(points.first ?? "progress")', or remove it",
        offset: offset { $0.role == .count })
      return
    }
    if !roles.contains(.parameters),
      let missing = parameters.indices.first(where: { !roles.contains(.parameter($0)) })
    {
      field.report(
        "the parameter '\(parameters[missing])' reaches no argument: take 'const double *theta', or "
          + "'double \(parameters[missing])'")
      return
    }
    checkOutput(prototype, roles, isBatch: isBatch, gives: output, at: field, offset)
  }

  private func checkOutput(
    _ prototype: ForeignPrototype, _ roles: [ForeignCallable.Role], isBatch: Bool,
    gives output: ForeignCallable.Role, at field: Field,
    _ offset: ((ForeignCallable.Argument) -> Bool) -> Int
  ) {
    let isReal = prototype.result?.isReal ?? false
    guard output == .results else {
      if !roles.contains(.gradients) {
        field.report("the function gives no derivatives: take 'double *gradients' to write them to")
      } else if roles.contains(.results) {
        field.report(
          "derivatives alone are asked of this function; remove the argument",
          offset: offset { $0.role == .results })
      } else if isReal {
        field.report("derivatives go to 'gradients', so the result is void, or an int that is 0")
      }
      return
    }
    switch (isReal, roles.contains(.results)) {
    case (true, true):
      field.report(
        "the function gives its result twice; make it void, or remove the argument",
        offset: offset { $0.role == .results })
    case (true, false) where isBatch:
      field.report("results for many points cannot be returned: take 'double *results', be void")
    case (false, false):
      field.report(
        "the function gives no result: return double or float, or take 'double *results' to write "
          + "to")
    default: break
    }
  }
}
