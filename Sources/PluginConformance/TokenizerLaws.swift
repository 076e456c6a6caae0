import PluginSDK

/// What every tokenizer promises of text and ids.
extension PluginLaw {
  static let roundTrip: PluginLaw = law(
    .tokenizer, "round-trip",
    "Decoding what was encoded gives back the same bytes, whatever they are."
  ) { subject in
    let tokenizer = try subject.trained().tokenizer
    var random = subject.random("text")
    let inputs = SampleText.inputs(&random)
    func comesBack(_ input: [UInt8]) -> Bool {
      (try? tokenizer.decode(tokenizer.encode(input))) == input
    }
    for input in inputs where !comesBack(input) {
      let least = SampleText.shrunk(input) { !comesBack($0) }
      let ids = try tokenizer.encode(least)
      let back = try tokenizer.decode(ids)
      throw Breach(
        "\(SampleText.shown(least)) became the ids \(ids.prefix(12)) and came back as "
          + SampleText.shown(back))
    }
    return .kept("\(inputs.count) inputs came back")
  }

  static let idsInRange: PluginLaw = law(
    .tokenizer, "ids-in-range",
    "Every id lies in 0 ..< the size of the vocabulary, which stays the same."
  ) { subject in
    let tokenizer = try subject.trained().tokenizer
    let size = tokenizer.vocabularySize
    var random = subject.random("text")
    var greatest: TokenID = -1
    for input in SampleText.inputs(&random) {
      let ids = try tokenizer.encode(input)
      if let wrong = ids.first(where: { $0 < 0 || Int($0) >= size }) {
        throw Breach(
          "\(SampleText.shown(input)) gave the id \(wrong), outside 0 ..< \(size)")
      }
      greatest = max(greatest, ids.max() ?? -1)
    }
    try require(
      tokenizer.vocabularySize == size,
      "the size of the vocabulary was \(size) and is now \(tokenizer.vocabularySize)")
    return .kept("ids up to \(greatest) of \(size)")
  }

  static let emptyInput: PluginLaw = law(
    .tokenizer, "empty-input", "No bytes decode from the ids of no bytes, and none from no ids."
  ) { subject in
    let tokenizer = try subject.trained().tokenizer
    let ids = try tokenizer.encode([])
    let back = try tokenizer.decode(ids)
    try require(back.isEmpty, "no bytes became the ids \(ids), and those \(SampleText.shown(back))")
    let bytes = try tokenizer.decode([])
    try require(bytes.isEmpty, "no ids decode to \(SampleText.shown(bytes))")
    return .kept("\(ids.count) ids for no bytes")
  }

  static let orderIndependent: PluginLaw = law(
    .tokenizer, "order-independent",
    "The ids of a text do not depend on what was encoded or decoded before."
  ) { subject in
    let (options, tokenizer) = try subject.trained()
    var random = subject.random("text")
    let inputs = SampleText.inputs(&random)
    let first = try inputs.map { try tokenizer.encode($0) }
    for place in inputs.indices.shuffled(using: &random) {
      _ = try tokenizer.decode(first[(place + 1) % inputs.count])
      let again = try tokenizer.encode(inputs[place])
      try require(
        again == first[place],
        "\(SampleText.shown(inputs[place])) gave \(first[place].prefix(12)) and later "
          + "\(again.prefix(12))")
    }
    let fresh = try subject.factory.load(model: try tokenizer.save(), options: options)
    for place in inputs.indices.reversed() {
      let alone = try fresh.encode(inputs[place])
      try require(
        alone == first[place],
        "\(SampleText.shown(inputs[place])) gave \(first[place].prefix(12)), and "
          + "\(alone.prefix(12)) in another instance of the same model")
    }
    return .kept("\(inputs.count) inputs in three orders")
  }

  static let batchEqualsSingle: PluginLaw = law(
    .tokenizer, "batch-equals-single",
    "Texts that are encoded in one batch have the ids that each has alone."
  ) { subject in
    let tokenizer = try subject.trained().tokenizer
    var random = subject.random("text")
    let inputs = SampleText.inputs(&random)
    let alone = try inputs.map { try tokenizer.encode($0) }
    func examine(_ places: [Int]) throws {
      let ids = try tokenizer.encode(batch: ConcatenatedLists(places.map { inputs[$0] }))
      try require(
        ids.count == places.count, "\(places.count) texts gave \(ids.count) lists of ids")
      for (number, place) in places.enumerated() {
        try require(
          ids[number].elementsEqual(alone[place]),
          "text \(number + 1) of a batch of \(places.count), \(SampleText.shown(inputs[place])), "
            + "gave \(ids[number].prefix(12)), and \(alone[place].prefix(12)) alone")
      }
    }
    let empty = [Int](repeating: inputs.firstIndex(of: []) ?? 0, count: 3)
    var batches = [[], empty, Array(inputs.indices), inputs.indices.shuffled(using: &random)]
    for size in [1, 2, 3, 10, 40] {
      let places = (0..<size).map { _ in Int.random(in: inputs.indices, using: &random) }
      batches += [places, empty + places + empty]
    }
    for batch in batches { try examine(batch) }
    return .kept("\(batches.count) batches of up to \(inputs.count) texts")
  }

  static let refusesForeignIDs: PluginLaw = law(
    .tokenizer, "refuses-foreign-ids",
    "An id outside the vocabulary is refused as an invalid argument."
  ) { subject in
    let tokenizer = try subject.trained().tokenizer
    let size = tokenizer.vocabularySize
    let known = try tokenizer.encode(Array("a".utf8))
    let foreign = [-1, .min, TokenID(clamping: size), TokenID(clamping: size + 1), .max].filter {
      $0 < 0 || Int($0) >= size
    }
    for id in foreign {
      for ids in [[id], known + [id]] {
        let error = try refusal(of: "decoding the id \(id) with \(size) in the vocabulary") {
          () throws(PluginError) in try tokenizer.decode(ids)
        }
        try require(
          error.status == .invalidArgument,
          "the id \(id) was refused as \(error.status), not as invalidArgument: \(error.message)")
      }
    }
    return .kept("\(foreign.count) foreign ids refused")
  }
}

extension Subject<any TokenizerFactory> {
  /// Trains a tokenizer on the seed's documents.
  func trained() throws -> (options: OptionValues, tokenizer: any Tokenizer) {
    let (options, tokenizer) = try made { options throws(PluginError) in
      try factory.train(on: SampleDocuments(settings.seed), options: options)
    }
    return (options, tokenizer)
  }
}
