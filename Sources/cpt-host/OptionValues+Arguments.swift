import ArgumentParser
import PluginSDK

extension OptionValues {
  /// Reads options from arguments `name=value`, as a plugin declares them.
  ///
  /// - Parameters:
  ///   - arguments: What was given.
  ///   - flag: The option of this program that they were given with.
  ///   - declared: What the plugin takes.
  /// - Throws: `ValidationError` that says what is wrong with which argument and what is allowed.
  init(
    _ arguments: [String], of flag: String = "--set", declared: [OptionDeclaration]
  ) throws {
    self.init()
    for argument in arguments {
      guard let sign = argument.firstIndex(of: "=") else {
        throw ValidationError("\(flag) \(argument) is not of the form name=value")
      }
      let name = String(argument[..<sign])
      guard let declaration = declared.first(where: { $0.name == name }) else {
        let known = declared.map(\.name).joined(separator: ", ")
        throw ValidationError(
          "\(flag) \(argument): there is no option '\(name)'; there are \(known.isEmpty ? "none" : known)"
        )
      }
      let text = String(argument[argument.index(after: sign)...])
      guard let value = OptionValue(text, as: declaration.type) else {
        throw ValidationError(
          "\(flag) \(argument): '\(text)' cannot be read as \(declaration.type.form)")
      }
      do throws(PluginError) {
        self[name] = try declaration.checked(value)
      } catch {
        throw ValidationError("\(flag) \(argument): \(error.message)")
      }
    }
  }
}

extension OptionValue {
  /// Reads a value of a type; nil if it is not written like one.
  fileprivate init?(_ text: String, as type: OptionType) {
    switch type {
    case .boolean:
      guard let flag = Bool(text) else { return nil }
      self = .boolean(flag)
    case .integer:
      guard let number = Int(text) else { return nil }
      self = .integer(number)
    case .real:
      guard let number = Double(text), !number.isNaN else { return nil }
      self = .real(number)
    case .text, .choice, .corpus: self = .text(text)
    case .shares:
      var shares: [CorpusShare] = []
      for part in text.split(separator: ",") {
        guard let colon = part.lastIndex(of: ":"),
          let share = Double(part[part.index(after: colon)...]), !share.isNaN
        else { return nil }
        shares.append(CorpusShare(corpus: String(part[..<colon]), share: share))
      }
      self = .shares(shares)
    }
  }
}

extension OptionType {
  /// How a value of the type is written.
  fileprivate var form: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .real: "a number"
    case .text, .choice, .corpus: "a text"
    case .shares: "shares such as english:0.7,german:0.3"
    }
  }
}
