import PluginSDK

/// What every tokenizer promises of its training and its saved models.
extension PluginLaw {
  static let trainsTheSame: PluginLaw = law(
    .tokenizer, "training-deterministic",
    "The same documents and options train the same model, to the byte."
  ) { subject in
    let (options, tokenizer) = try subject.trained()
    let model = try tokenizer.save()
    try require(
      try tokenizer.save() == model, "saved twice, one tokenizer gave two different models")
    for _ in 0..<2 {
      let again = try subject.factory.train(
        on: SampleDocuments(subject.settings.seed), options: options)
      let other = try again.save()
      let place = zip(model, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      try require(
        other == model,
        "trained again, the model has \(other.count) bytes in place of \(model.count), and differs "
          + "at byte \(place ?? min(model.count, other.count))")
    }
    return .kept("three trainings gave the same \(model.count) bytes")
  }

  static let savesAndLoads: PluginLaw = law(
    .tokenizer, "save-load",
    "A saved model reads back as the same tokenizer, and saves as the same bytes."
  ) { subject in
    let (options, tokenizer) = try subject.trained()
    let model = try tokenizer.save()
    let loaded = try subject.factory.load(model: model, options: options)
    try require(
      loaded.vocabularySize == tokenizer.vocabularySize,
      "the vocabulary has \(tokenizer.vocabularySize) ids, and \(loaded.vocabularySize) when read "
        + "back")
    var random = subject.random("text")
    let inputs = SampleText.inputs(&random)
    for input in inputs {
      let (before, after) = (try tokenizer.encode(input), try loaded.encode(input))
      try require(
        before == after,
        "\(SampleText.shown(input)) gave \(before.prefix(12)), and \(after.prefix(12)) when read "
          + "back")
    }
    try require(try loaded.save() == model, "saved after it was read back, the model differs")
    return .kept("\(model.count) bytes, the same ids for \(inputs.count) inputs")
  }

  /// A model of fewer than eight bytes may be any bytes; in a longer one noise must be noticed.
  static let refusesCorruptModels: PluginLaw = law(
    .tokenizer, "refuses-corrupt-models",
    "A damaged model is refused as corrupt, or read as a tokenizer that works; noise is refused."
  ) { subject in
    let (options, tokenizer) = try subject.trained()
    let model = try tokenizer.save()
    var random = subject.random("damage")
    var tried = 0
    var refused = 0
    func examine(_ damaged: [UInt8], _ what: String, mustFail: Bool = false) throws {
      tried += 1
      let loaded: any Tokenizer
      do throws(PluginError) {
        loaded = try subject.factory.load(model: damaged, options: options)
      } catch {
        try requireWords(error, on: what)
        try require(
          error.status == .corruptData,
          "\(what) was refused as \(error.status), not as corruptData: \(error.message)")
        refused += 1
        return
      }
      try require(!mustFail, "\(what) was read without complaint")
      for text in ["", "text", "語言 👩‍👩‍👧‍👦", "\0\u{7F}"] {
        let bytes = Array(text.utf8)
        try require(
          (try? loaded.decode(loaded.encode(bytes))) == bytes,
          "\(what) was read without complaint as a tokenizer that does not give back '\(text)'")
      }
    }
    for _ in 0..<24 {
      let length = Int.random(in: 0...max(0, model.count - 1), using: &random)
      try examine(Array(model.prefix(length)), "the model cut to \(length) of \(model.count) bytes")
      guard let place = model.indices.randomElement(using: &random) else { continue }
      var flipped = model
      flipped[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try examine(flipped, "the model with a flipped bit in byte \(place)")
      let noise = random.bytes(max(8, model.count))
      try examine(noise, "a model of \(noise.count) random bytes", mustFail: model.count >= 8)
    }
    try examine([], "an empty model")
    try examine(model + random.bytes(9), "the model with 9 bytes behind it")
    return .kept("\(refused) of \(tried) damaged models refused, the others work")
  }
}
