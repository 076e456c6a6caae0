import CPluginABI
import PluginSDK

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
