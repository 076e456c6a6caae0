import PluginSDK

/// What every data mixer promises.
extension PluginLaw {
  /// Shares such as 0.1 are not exact in binary, so a sum may miss one by rounding.
  private static let sumTolerance = 1e-9

  static let weightsSumToOne: PluginLaw = law(
    .dataMixer, "weights",
    "At any progress there is a weight of at least 0 for each source, and they sum to one."
  ) { subject in
    let mixer = try subject.mixer()
    var random = subject.random("progress")
    let states = MixingProgress.samples(sources: mixer.sources.count, random: &random)
    for progress in states {
      let weights = try mixer.weights(at: progress)
      try require(
        weights.count == mixer.sources.count
          && weights.allSatisfy { $0 >= 0 && $0.isFinite }
          && abs(weights.reduce(0, +) - 1) <= sumTolerance,
        "\(progress.text): the weights of \(mixer.sources.joined(separator: ", ")) are \(weights)")
    }
    return .kept("\(states.count) states of progress, \(mixer.sources.count) sources")
  }

  static let mixesThePure: PluginLaw = law(
    .dataMixer, "pure",
    "The weights depend on the progress alone: not on order, instance or thread."
  ) { subject in
    let (options, mixer) = try subject.made { options throws(PluginError) in
      try subject.factory.make(options: options)
    }
    var random = subject.random("progress")
    let states = MixingProgress.samples(sources: mixer.sources.count, random: &random)
    let first = try states.map { try mixer.weights(at: $0) }
    for place in states.indices.shuffled(using: &random) {
      let again = try mixer.weights(at: states[place])
      try require(
        again == first[place],
        "\(states[place].text) gave \(first[place]) and later \(again)")
    }
    let other = try subject.factory.make(options: options)
    try require(
      other.sources == mixer.sources,
      "another instance draws from \(other.sources), this one from \(mixer.sources)")
    for place in states.indices.reversed() {
      let again = try other.weights(at: states[place])
      try require(
        again == first[place],
        "\(states[place].text) gave \(first[place]), and \(again) in another instance")
    }
    let isSame = try onThreads(2) { _ in
      try states.indices.allSatisfy { try mixer.weights(at: states[$0]) == first[$0] }
    }
    try require(!isSame.contains(false), "two threads at once were given other weights than one")
    return .kept("\(states.count) states in three orders and on two threads")
  }

  static let drawsFromWhatIsNamed: PluginLaw = law(
    .dataMixer, "sources",
    "The sources are the corpora that the options name: each of them, and no other."
  ) { subject in
    let (options, mixer) = try subject.made { options throws(PluginError) in
      try subject.factory.make(options: options)
    }
    try require(!mixer.sources.isEmpty, "there are no sources")
    let sources = Set(mixer.sources)
    try require(
      sources.count == mixer.sources.count, "a source comes twice among \(mixer.sources)")
    let named = options.corpora(subject.declarations)
    if let unknown = mixer.sources.first(where: { !named.contains($0) }) {
      throw Breach("it draws from '\(unknown)', which the options do not name: \(options.text)")
    }
    if let missing = named.subtracting(sources).min() {
      throw Breach("the options name '\(missing)', and it does not draw from it: \(mixer.sources)")
    }
    return .kept("\(mixer.sources.joined(separator: ", "))")
  }

  /// Two drawings of 20,000 sequences differ by chance.
  ///
  /// With a share of a half it is by 0.005 in standard deviation. Eight of those are allowed, so
  /// that chance breaks the law once in 1e14 times.
  static let settles: PluginLaw = law(
    .dataMixer, "converges",
    "However the dice fall, the shares drawn come out the same, and as the weights say."
  ) { subject in
    let mixer = try subject.mixer()
    let count = 20_000
    let tolerance = 8 * 0.5 * (2 / Double(count)).squareRoot()
    var results: [[Double]] = []
    for drawing in 0..<4 {
      var random = subject.random("dice \(drawing)")
      var drawn = [Int](repeating: 0, count: mixer.sources.count)
      var expected = [Double](repeating: 0, count: mixer.sources.count)
      for sequence in 0..<count {
        let weights = try mixer.weights(
          at: MixingProgress(
            tokensDrawn: sequence * 128, tokensPlanned: count * 128,
            sourceTokensDrawn: drawn.map { $0 * 128 }))
        try require(
          weights.count == drawn.count,
          "there are \(weights.count) weights for \(drawn.count) sources")
        for place in weights.indices { expected[place] += weights[place] / Double(count) }
        let throwOfDice = Double.random(in: 0..<1, using: &random)
        var sum = 0.0
        let source = weights.firstIndex { weight in
          sum += weight
          return throwOfDice < sum
        }
        drawn[source ?? weights.count - 1] += 1
      }
      let shares = drawn.map { Double($0) / Double(count) }
      try require(
        zip(shares, expected).allSatisfy { abs($0 - $1) <= tolerance },
        "the weights averaged \(expected) and the shares drawn were \(shares)")
      results.append(shares)
    }
    for shares in results.dropFirst() {
      try require(
        zip(shares, results[0]).allSatisfy { abs($0 - $1) <= tolerance },
        "one drawing ended with the shares \(results[0]), another with \(shares)")
    }
    let shares = zip(mixer.sources, results[0]).map { "\($0) \($1)" }
    return .kept(shares.joined(separator: ", "))
  }
}

extension MixingProgress {
  /// States from the start to the end of a stage, with tokens drawn in any proportion.
  fileprivate static func samples(
    sources: Int, random: inout SeededGenerator
  ) -> [MixingProgress] {
    var states = [
      MixingProgress(
        tokensDrawn: 0, tokensPlanned: 0, sourceTokensDrawn: Array(repeating: 0, count: sources))
    ]
    for planned in [1, 1000, 1_000_000_000_000] {
      for step in 0...20 {
        let drawn = planned * step / 20
        var rest = drawn
        var parts: [Int] = []
        for _ in 1..<max(sources, 1) {
          parts.append(Int.random(in: 0...rest, using: &random))
          rest -= parts[parts.count - 1]
        }
        parts.append(rest)
        states.append(
          MixingProgress(
            tokensDrawn: drawn, tokensPlanned: planned,
            sourceTokensDrawn: parts.shuffled(using: &random)))
      }
    }
    return states
  }

  /// The progress as a message shows it.
  fileprivate var text: String {
    "after \(tokensDrawn) of \(tokensPlanned) tokens, \(sourceTokensDrawn) of the sources"
  }
}

extension Subject<any DataMixerFactory> {
  /// Makes a mixer with options that the plugin takes.
  fileprivate func mixer() throws -> any DataMixer {
    try made { options throws(PluginError) in try factory.make(options: options) }.made
  }
}
