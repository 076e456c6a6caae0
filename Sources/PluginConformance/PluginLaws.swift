import PluginSDK

/// What every plugin promises, whatever its kind: its options and its refusals.
extension PluginLaw {
  static let loads: PluginLaw = law(
    .any, "loads",
    "The file loads, and its entry function hands over a whole table and its options."
  ) { subject in
    let identity = subject.factory.identity
    let count = subject.declarations.count
    return .kept("\(identity.name) \(identity.version) with \(count) options")
  }

  static let optionsAreDeclared: PluginLaw = law(
    .any, "options-declared",
    "An option has a name of lower-case words, a line of help, and a default that it allows."
  ) { subject in
    var names: Set<String> = []
    for option in subject.declarations {
      try require(
        option.name.isOptionName,
        "the option '\(option.name)' is not of lower-case words joined by underscores")
      try require(names.insert(option.name).inserted, "'\(option.name)' is declared twice")
      try require(
        !option.help.allSatisfy(\.isWhitespace) && !option.help.contains(where: \.isNewline),
        "the help of '\(option.name)' is '\(option.help)', not one line that says what it does")
      if case .choice(let words) = option.type {
        try require(
          !words.isEmpty && Set(words).count == words.count,
          "the choices of '\(option.name)' are \(words): none, or one of them twice")
      }
      guard case .defaulted(let value) = option.presence else { continue }
      do throws(PluginError) {
        _ = try option.checked(value)
      } catch {
        throw Breach("a default that is not allowed: \(error.message)")
      }
    }
    return .kept("\(names.count) options")
  }

  static let optionsAreChecked: PluginLaw = law(
    .any, "options-checked",
    "An unknown option, a missing one, and a value of a wrong type or beyond its bounds are refused."
  ) { subject in
    let base = try subject.instance().options
    func refuse(_ options: OptionValues, _ what: String) throws {
      try refusal(of: what) { () throws(PluginError) in try subject.make(options) }
    }
    var unknown = base
    unknown["no_such_option"] = .integer(1)
    try refuse(unknown, "the undeclared option 'no_such_option'")
    var count = 1
    for option in subject.declarations {
      for (value, what) in option.type.wrongValues {
        var options = base
        options[option.name] = value
        try refuse(options, "\(what) for '\(option.name)'")
        count += 1
      }
      guard option.presence == .required else { continue }
      try refuse(
        OptionValues(base.values.filter { $0.key != option.name }),
        "leaving out the required option '\(option.name)'")
      count += 1
    }
    return .kept("\(count) wrong sets of options refused with words")
  }

  static let refusesWithWords: PluginLaw = law(
    .any, "refuses-with-words",
    "Whatever is refused is refused with a message for the person who reads it."
  ) { subject in
    let base = try subject.instance().options
    var sets: [(options: OptionValues, what: String)] = []
    for option in subject.declarations {
      for value in option.type.extremes {
        var options = base
        options[option.name] = value
        sets.append((options, "\(option.name)=\(value.text)"))
      }
    }
    // One option at its end often is in order where two are not.
    var random = subject.random("pairs")
    for _ in 0..<(sets.isEmpty ? 0 : 64) {
      guard let first = sets.randomElement(using: &random),
        let second = sets.randomElement(using: &random)
      else { continue }
      let differing = second.options.values.filter { base[$0.key] != $0.value }
      sets.append(
        (first.options.merging(OptionValues(differing)), "\(first.what) \(second.what)"))
    }
    var refusals = 0
    for (options, what) in sets {
      do throws(PluginError) {
        try subject.make(options)
      } catch {
        try requireWords(error, on: what)
        refusals += 1
      }
    }
    refusals += try subject.refusalsBesideOptions()
    return .kept("\(refusals) refusals, each with words; \(sets.count) sets of options tried")
  }
}

extension Subject<PluginUnderTest> {
  /// Makes an instance and lets go of it.
  func make(_ options: OptionValues) throws(PluginError) {
    switch factory {
    case .tokenizer(let factory):
      _ = try factory.train(on: SampleDocuments(settings.seed), options: options)
    case .architecture(let factory):
      _ = try Subject<any ArchitectureFactory>(
        factory: factory, declarations: declarations, settings: settings
      ).model(options)
    case .optimizer(let factory): _ = try factory.make(options: options)
    case .dataMixer(let factory): _ = try factory.make(options: options)
    case .scalingLaw(let factory): _ = try factory.make(options: options)
    }
  }

  /// Options with which an instance can be made.
  func instance() throws -> (options: OptionValues, made: Void) {
    try made { options throws(PluginError) in try make(options) }
  }

  /// Provokes what a kind must refuse beside options; gives the number of refusals.
  fileprivate func refusalsBesideOptions() throws -> Int {
    guard case .tokenizer(let factory) = factory else { return 0 }
    let (options, tokenizer) = try made { options throws(PluginError) in
      try factory.train(on: SampleDocuments(settings.seed), options: options)
    }
    try refusal(of: "decoding the id -1") { () throws(PluginError) in try tokenizer.decode([-1]) }
    var random = random("noise")
    let noise = random.bytes(64)
    do throws(PluginError) {
      _ = try factory.load(model: noise, options: options)
    } catch {
      try requireWords(error, on: "loading a model of random bytes")
      return 2
    }
    return 1
  }
}

extension String {
  /// Whether a pipeline can write it as the name of an option.
  fileprivate var isOptionName: Bool {
    guard let first = utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return false
    }
    return utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"):
        true
      default: false
      }
    } && !hasSuffix("_") && !contains("__")
  }
}

extension OptionType {
  /// Values that an option of this type must refuse, each with words for it.
  fileprivate var wrongValues: [(OptionValue, String)] {
    switch self {
    case .boolean: [(.text("yes"), "a text"), (.integer(1), "a number")]
    case .integer(let range):
      [(.text("3"), "a text"), (.real(0.5), "half a number")]
        + (range.lowerBound > .min
          ? [(.integer(range.lowerBound - 1), "a number below its bounds")] : [])
        + (range.upperBound < .max
          ? [(.integer(range.upperBound + 1), "a number above its bounds")] : [])
    case .real(let range):
      [(.text("0.5"), "a text"), (.boolean(true), "a flag"), (.real(.nan), "not a number")]
        + Self.beyond(range).map { (.real($0), "a number beyond its bounds") }
    case .text: [(.integer(1), "a number"), (.boolean(true), "a flag")]
    case .choice: [(.text("no such choice"), "another word"), (.integer(1), "a number")]
    case .corpus: [(.integer(1), "a number"), (.text(""), "an empty name")]
    case .shares(let range):
      [
        (.text("corpus-1"), "a text"),
        (
          .shares([
            CorpusShare(corpus: "twice", share: range.inner),
            CorpusShare(corpus: "twice", share: range.inner),
          ]), "one corpus twice"
        ),
      ]
        + Self.beyond(range).map {
          (.shares([CorpusShare(corpus: "corpus-1", share: $0)]), "a share beyond its bounds")
        }
    }
  }

  /// Values at the ends of what an option allows.
  fileprivate var extremes: [OptionValue] {
    switch self {
    case .boolean: [.boolean(false), .boolean(true)]
    case .integer(let range): [.integer(range.lowerBound), .integer(range.upperBound)]
    case .real(let range): Self.ends(range).map { .real($0) }
    case .text: [.text(""), .text("ключ 鍵"), .text(String(repeating: "a", count: 10_000))]
    case .choice(let words): words.map { .text($0) }
    case .corpus: [.text("corpus-1"), .text("корпус 語料")]
    case .shares(let range):
      [.shares([])] + Self.ends(range).map { .shares([CorpusShare(corpus: "corpus-1", share: $0)]) }
    }
  }

  private static func ends(_ range: ClosedRange<Double>) -> [Double] {
    let greatest = Double.greatestFiniteMagnitude
    return [max(range.lowerBound, -greatest), min(range.upperBound, greatest)]
  }

  /// The finite numbers next to the bounds on their outer sides.
  private static func beyond(_ range: ClosedRange<Double>) -> [Double] {
    [range.lowerBound.nextDown, range.upperBound.nextUp].filter(\.isFinite)
  }
}

extension ClosedRange<Double> {
  /// A number that the range contains.
  fileprivate var inner: Double {
    lowerBound.isFinite ? lowerBound : Swift.min(upperBound, 0)
  }
}
