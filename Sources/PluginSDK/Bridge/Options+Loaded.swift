package import CPluginABI

extension OptionValue {
  /// Reads a value that came over the boundary, with its name.
  ///
  /// - Throws: ``PluginError`` if its type is unknown or a text, number or list in it is broken.
  package static func read(
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
