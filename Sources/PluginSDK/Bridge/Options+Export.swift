package import CPluginABI

/// The types of options as the C ABI numbers them.
package enum OptionTypeCode: cpt_option_type {
  case boolean = 1
  case integer, real, text, choice, corpus, shares
}

/// The presences of options as the C ABI numbers them.
package enum OptionPresenceCode: cpt_option_presence {
  case required = 1
  case optional, defaulted
}

extension OptionType {
  /// The type's code in the C ABI.
  package var code: OptionTypeCode {
    switch self {
    case .boolean: .boolean
    case .integer: .integer
    case .real: .real
    case .text: .text
    case .choice: .choice
    case .corpus: .corpus
    case .shares: .shares
    }
  }

  /// The inclusive bounds as the C ABI carries them, infinite where there are none.
  fileprivate var bounds: ClosedRange<Double> {
    switch self {
    case .integer(let range):
      let lower = range.lowerBound == .min ? -.infinity : Double(range.lowerBound)
      let upper = range.upperBound == .max ? .infinity : Double(range.upperBound)
      return lower...upper
    case .real(let range), .shares(let range): return range
    case .boolean, .text, .choice, .corpus: return -.infinity ... .infinity
    }
  }
}

extension OptionPresence {
  /// The presence's code in the C ABI.
  fileprivate var code: OptionPresenceCode {
    switch self {
    case .required: .required
    case .optional: .optional
    case .defaulted: .defaulted
    }
  }
}

extension CArena {
  /// Declarations as the C ABI carries them.
  func declarations(_ declarations: [OptionDeclaration]) -> UnsafePointer<cpt_option>? {
    let options = unsafe declarations.map { declaration in
      var option = unsafe cpt_option()
      unsafe option.struct_size = MemoryLayout<cpt_option>.size
      unsafe option.name = text(declaration.name)
      unsafe option.type = declaration.type.code.rawValue
      unsafe option.presence = declaration.presence.code.rawValue
      if case .defaulted(let value) = declaration.presence {
        unsafe option.default_value = self.value(
          self.value(value, named: declaration.name, code: declaration.type.code))
      }
      unsafe option.minimum = declaration.type.bounds.lowerBound
      unsafe option.maximum = declaration.type.bounds.upperBound
      if case .choice(let words) = declaration.type {
        unsafe option.choices = array(words.map { unsafe text($0) })
        unsafe option.choice_count = words.count
      }
      unsafe option.help = text(declaration.help)
      return unsafe option
    }
    return unsafe array(options)
  }

  /// A value as the C ABI carries it.
  package func value(
    _ value: OptionValue, named name: String, code: OptionTypeCode
  ) -> cpt_option_value {
    var option = unsafe cpt_option_value()
    unsafe option.struct_size = MemoryLayout<cpt_option_value>.size
    unsafe option.name = text(name)
    unsafe option.type = code.rawValue
    switch value {
    case .boolean(let flag): unsafe option.integer = flag ? 1 : 0
    case .integer(let number): unsafe option.integer = Int64(number)
    case .real(let number): unsafe option.real = number
    case .text(let word): unsafe option.text = text(word)
    case .shares(let shares):
      unsafe option.names = array(shares.map { unsafe text($0.corpus) })
      unsafe option.shares = array(shares.map(\.share))
      unsafe option.share_count = shares.count
    }
    return unsafe option
  }
}
