import CPluginABI

extension OptionValue {
  /// Reads a value that came over the boundary, with its name.
  ///
  /// - Throws: ``PluginError`` if its type is unknown or a text, number or list in it is broken.
  static func read(
    _ option: cpt_option_value
  ) throws(PluginError) -> (name: String, value: OptionValue) {
    let name = try unsafe String(name: option.name, "the name of an option")
    return (name, try unsafe OptionValue(option, name))
  }

  private init(_ option: cpt_option_value, _ name: String) throws(PluginError) {
    switch unsafe OptionTypeCode(rawValue: option.type) {
    case .boolean: self = .boolean(unsafe option.integer != 0)
    case .integer: self = .integer(Int(unsafe option.integer))
    case .real:
      guard unsafe !option.real.isNaN else {
        throw PluginError(.invalidArgument, "the option '\(name)' is not a number")
      }
      self = .real(unsafe option.real)
    case .text, .choice, .corpus:
      self = .text(try unsafe String(option.text, "the text of the option '\(name)'"))
    case .shares: self = .shares(try unsafe Self.shares(option, name))
    case nil:
      throw PluginError(
        .invalidArgument, "the option '\(name)' has the unknown type \(unsafe option.type)")
    }
  }

  private static func shares(
    _ option: cpt_option_value, _ name: String
  ) throws(PluginError) -> [CorpusShare] {
    let count = unsafe option.share_count
    guard count > 0 else { return [] }
    guard let names = unsafe option.names, let numbers = unsafe option.shares,
      count <= CLimits.elementCount
    else {
      throw PluginError(
        .invalidArgument, "the option '\(name)' says it has \(count) shares but lacks their lists")
    }
    var shares: [CorpusShare] = []
    for index in 0..<count {
      let corpus = try unsafe String(names[index], "a corpus in the option '\(name)'")
      let share = unsafe numbers[index]
      guard !share.isNaN else {
        throw PluginError(
          .invalidArgument, "the share of '\(corpus)' in the option '\(name)' is not a number")
      }
      shares.append(CorpusShare(corpus: corpus, share: share))
    }
    return shares
  }
}

extension OptionValues {
  /// Reads the values for an instance and checks them against what the plugin declares.
  ///
  /// - Throws: ``PluginError`` if a value is broken, written twice, unknown or not allowed.
  init(
    _ options: UnsafePointer<cpt_options>?, declared: [OptionDeclaration]
  ) throws(PluginError) {
    let list = try unsafe readPrefixed(options, "cpt_options", orZero: cpt_options())
    let elements = try unsafe readPrefixedArray(
      list.values, count: list.count, stride: list.stride, "cpt_options.values",
      orZero: cpt_option_value())
    var values = OptionValues()
    for index in unsafe elements.indices {
      let (name, value) = try unsafe OptionValue.read(elements[index])
      guard values[name] == nil else {
        throw PluginError(.invalidArgument, "the option '\(name)' is given twice")
      }
      values[name] = value
    }
    self = try values.completed(by: declared)
  }
}

extension OptionDeclaration {
  /// Reads the declarations of a plugin.
  ///
  /// - Throws: ``PluginError`` that names the option whose declaration makes no sense.
  static func list(_ plugin: cpt_plugin) throws(PluginError) -> [OptionDeclaration] {
    let elements = try unsafe readPrefixedArray(
      plugin.options, count: plugin.option_count, stride: plugin.option_stride,
      "cpt_plugin.options", orZero: cpt_option())
    var declarations: [OptionDeclaration] = []
    for index in unsafe elements.indices {
      let declaration = try unsafe OptionDeclaration(elements[index])
      guard !declarations.contains(where: { $0.name == declaration.name }) else {
        throw PluginError(.internal, "the option '\(declaration.name)' is declared twice")
      }
      declarations.append(declaration)
    }
    return declarations
  }

  private init(_ option: cpt_option) throws(PluginError) {
    let name = try unsafe String(name: option.name, "the name of a declared option")
    guard !name.isEmpty else { throw PluginError(.internal, "a declared option has no name") }
    let type = try unsafe OptionType(option, name)
    self.init(
      name, type, .required, help: try unsafe String(option.help, "the help of '\(name)'").onOneLine
    )
    switch unsafe OptionPresenceCode(rawValue: option.presence) {
    case .required: break
    case .optional: presence = .optional
    case .defaulted:
      let value = try unsafe readPrefixed(
        option.default_value, "default_value", orZero: cpt_option_value())
      guard unsafe value.type == option.type else {
        throw PluginError(.internal, "the default of the option '\(name)' has another type")
      }
      presence = .defaulted(try checked(try unsafe OptionValue.read(value).value))
    case nil:
      throw PluginError(
        .internal, "the option '\(name)' has the unknown presence \(unsafe option.presence)")
    }
  }
}

extension OptionType {
  /// Reads the type and bounds of a declaration.
  fileprivate init(_ option: cpt_option, _ name: String) throws(PluginError) {
    let (minimum, maximum) = unsafe (option.minimum, option.maximum)
    func bounds() throws(PluginError) -> ClosedRange<Double> {
      guard minimum <= maximum else {
        throw PluginError(
          .internal, "the option '\(name)' has the bounds \(minimum) to \(maximum)")
      }
      return minimum...maximum
    }
    switch unsafe OptionTypeCode(rawValue: option.type) {
    case .boolean: self = .boolean
    case .integer:
      let range = try bounds()
      let lower = range.lowerBound == -.infinity ? Int.min : Int(exactly: range.lowerBound)
      let upper = range.upperBound == .infinity ? Int.max : Int(exactly: range.upperBound)
      guard let lower, let upper else {
        throw PluginError(
          .internal, "the integer option '\(name)' has the bounds \(minimum) to \(maximum)")
      }
      self = .integer(lower...upper)
    case .real: self = .real(try bounds())
    case .text: self = .text
    case .choice:
      let count = unsafe option.choice_count
      guard let choices = unsafe option.choices, (1...CLimits.elementCount).contains(count) else {
        throw PluginError(.internal, "the option '\(name)' declares no choices")
      }
      var words: [String] = []
      for index in 0..<count {
        words.append(try unsafe String(name: choices[index], "a choice of '\(name)'"))
      }
      self = .choice(words)
    case .corpus: self = .corpus
    case .shares: self = .shares(try bounds())
    case nil:
      throw PluginError(
        .internal, "the option '\(name)' has the unknown type \(unsafe option.type)")
    }
  }
}
