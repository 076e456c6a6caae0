public import PluginSDK

/// Byte-level byte-pair encoding: the ids 0 to 255 are the bytes, every further one joins two that
/// stand side by side, so that any bytes at all can be written.
public struct BytePairTokenizer: TokenizerPlugin {
  /// The most ids.
  static let mostIDs = 1 << 20

  /// The size of the vocabulary and how text is divided before bytes are joined.
  public static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "vocabulary", .integer(256...mostIDs), .required,
      help: "number of ids; fewer are made if the text has too few frequent pairs"),
    OptionDeclaration(
      "min_frequency", .integer(1...Int.max), .defaulted(.integer(2)),
      help: "how often a pair has to occur in the training text to be joined"),
    OptionDeclaration(
      "digits", .choice(["single", "groups"]), .defaulted(.text("single")),
      help: "whether numbers are cut into single digits or into groups of up to three"),
    OptionDeclaration(
      "han_characters", .integer(1...64), .defaulted(.integer(16)),
      help: "the most Han characters in a row that can join into one id"),
  ]

  private let model: BytePairModel
  private let encoder: Encoder
  /// The bytes of all ids, one after the other.
  private let idBytes: [UInt8]
  /// Where each id's bytes start, and their end.
  private let idStarts: [Int]

  init(_ model: BytePairModel) throws(PluginError) {
    self.model = model
    encoder = Encoder(model.merges)
    var bytes = (0...255).map(UInt8.init)
    var starts = Array(0...256)
    for merge in model.merges {
      for id in [Int(merge.left), Int(merge.right)] { bytes += bytes[starts[id]..<starts[id + 1]] }
      starts.append(bytes.count)
      // A division never makes pieces this long; only a forged model does.
      guard starts[starts.count - 1] - starts[starts.count - 2] <= 1 << 12 else {
        throw PluginError(.corruptData, "id \(starts.count - 2) stands for more than 4096 bytes")
      }
    }
    idBytes = bytes
    idStarts = starts
  }

  /// Counts the pieces of the documents, then joins the most frequent pairs.
  public static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> BytePairTokenizer {
    guard let vocabulary = options.integer("vocabulary"), (256...mostIDs).contains(vocabulary)
    else {
      throw PluginError(
        .invalidArgument, "the option 'vocabulary' has to be a number from 256 to \(mostIDs)")
    }
    let division = Division(
      digits: options.text("digits") == "groups" ? 3 : 1,
      hanCharacters: options.integer("han_characters") ?? 16)
    let pieces = try count(documents, division: division, host: host)
    var training = MergeTraining(pieces)
    let merges = try training.merges(
      limit: vocabulary - 256, minimumFrequency: options.integer("min_frequency") ?? 2, host: host)
    if merges.count < vocabulary - 256 {
      host.log(
        .warning,
        """
        the training text gives only \(256 + merges.count) ids of the \(vocabulary) asked for: no \
        other pair is frequent enough; train on more text or ask for fewer
        """)
    }
    return try BytePairTokenizer(BytePairModel(division: division, merges: merges))
  }

  /// Reads the text that ``save()`` writes; the options are those that it was trained with.
  public init(
    model: [UInt8], options: OptionValues, host: any HostServices
  ) throws(PluginError) {
    try self.init(try BytePairModel(text: model))
  }

  /// 256 bytes and one id for each merge.
  public var vocabularySize: Int { 256 + model.merges.count }

  /// Divides the bytes into pieces and joins within each.
  public func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    var ids: [TokenID] = []
    ids.reserveCapacity(bytes.count / 3)
    var work = Encoder.Work()
    var place = 0
    while place < bytes.count {
      let end = model.division.endOfPiece(in: bytes, from: place)
      encoder.append(place..<end, of: bytes, to: &ids, &work)
      place = end
    }
    return ids
  }

  /// Puts the bytes of the ids one after the other.
  public func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    for (place, id) in ids.enumerated() {
      guard id >= 0 && Int(id) < vocabularySize else {
        throw PluginError(
          .invalidArgument,
          "id \(id) at place \(place) is outside the vocabulary 0..<\(vocabularySize)")
      }
      bytes += idBytes[idStarts[Int(id)]..<idStarts[Int(id) + 1]]
    }
    return bytes
  }

  /// The merges as text, with a checksum.
  public func save() throws(PluginError) -> [UInt8] { model.text }

  private static func count(
    _ documents: any DocumentSource, division: Division, host: any HostServices
  ) throws(PluginError) -> PieceCounts {
    var pieces = PieceCounts()
    var bytesBefore = 0
    while let document = try documents.next() {
      var place = 0
      var nextQuestion = 0
      while place < document.count {
        if place >= nextQuestion {
          guard !host.isCancelled else {
            throw PluginError(.cancelled, "training stopped while the text was read")
          }
          let done = Double(bytesBefore + place) / Double(max(1, documents.byteCount))
          host.progress(0.5 * min(1, done), "counting words")
          nextQuestion += 1 << 20
        }
        let end = division.endOfPiece(in: document, from: place)
        pieces.count(place..<end, of: document)
        place = end
      }
      bytesBefore += document.count
    }
    return pieces
  }
}
