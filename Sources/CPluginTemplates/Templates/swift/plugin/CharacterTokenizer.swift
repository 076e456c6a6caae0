import PluginSDK

/// Hands the tokenizer to the host.
@c(example_plugin_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportTokenizer(CharacterTokenizer.self, host, plugin, error)
}

/// A tokenizer of characters: the most frequent ones of the training text have an id of their own, and
/// everything else is written byte by byte, so that any bytes come back as they were.
///
/// Ids 0 to 255 are the bytes; 256 and on are characters of more than one byte, the most frequent
/// first.
struct CharacterTokenizer: TokenizerPlugin {
  /// By id, less the bytes.
  private let characters: [[UInt8]]
  private let ids: [[UInt8]: TokenID]

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "vocabulary", .integer(byteCount...1 << 20), .defaulted(.integer(1024)),
      help: "The most ids there may be: 256 bytes, and the most frequent characters.")
  ]

  private static let byteCount = 256
  private static let header = Array("example-plugin characters 1\n".utf8)

  private init(_ characters: [[UInt8]]) throws(PluginError) {
    self.characters = characters
    let numbered = characters.enumerated().map { index, character in
      (character, TokenID(Self.byteCount + index))
    }
    ids = Dictionary(numbered) { first, _ in first }
    guard ids.count == characters.count else { throw Self.corrupt("holds a character twice") }
  }

  static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> CharacterTokenizer {
    let vocabulary = try options.requiredInteger("vocabulary")
    var counts: [[UInt8]: Int] = [:]
    var done = 0
    while let document = try documents.next() {
      if host.isCancelled { throw PluginError(.cancelled, "stopped while counting characters") }
      var rest = document[...]
      while !rest.isEmpty {
        let character = rest.firstCharacter
        if !character.isEmpty { counts[Array(character), default: 0] += 1 }
        rest = rest.dropFirst(max(1, character.count))
      }
      done += document.count
      if documents.byteCount > 0 {
        host.progress(Double(done) / Double(documents.byteCount), "counting characters")
      }
    }
    // Among equals the order is that of the bytes: a dictionary has none of its own.
    let sorted = counts.sorted { left, right in
      left.value == right.value
        ? left.key.lexicographicallyPrecedes(right.key) : left.value > right.value
    }
    return try CharacterTokenizer(sorted.prefix(vocabulary - byteCount).map(\.key))
  }

  /// A model is a header line, then every character in the order of the ids.
  init(
    model: [UInt8], options: OptionValues, host: any HostServices
  ) throws(PluginError) {
    guard model.starts(with: Self.header) else {
      throw Self.corrupt("does not start with its header line")
    }
    var rest = model.dropFirst(Self.header.count)
    var characters: [[UInt8]] = []
    while !rest.isEmpty {
      let character = rest.firstCharacter
      if character.isEmpty { throw Self.corrupt("holds bytes that are no character") }
      characters.append(Array(character))
      rest = rest.dropFirst(character.count)
    }
    try self.init(characters)
  }

  func save() throws(PluginError) -> [UInt8] { Self.header + characters.joined() }

  var vocabularySize: Int { Self.byteCount + characters.count }

  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    var encoded: [TokenID] = []
    encoded.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let first = rest.first {
      let character = rest.firstCharacter
      if let id = character.isEmpty ? nil : ids[Array(character)] {
        encoded.append(id)
        rest = rest.dropFirst(character.count)
      } else {
        encoded.append(TokenID(first))
        rest = rest.dropFirst()
      }
    }
    return encoded
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    for (place, id) in ids.enumerated() {
      guard (0..<vocabularySize).contains(Int(id)) else {
        throw PluginError(
          .invalidArgument,
          "id \(id) at place \(place) is none; ids are 0 to \(vocabularySize - 1)")
      }
      if let byte = UInt8(exactly: id) {
        bytes.append(byte)
      } else {
        bytes += characters[Int(id) - Self.byteCount]
      }
    }
    return bytes
  }

  private static func corrupt(_ what: String) -> PluginError {
    PluginError(
      .corruptData,
      "the saved model of example-plugin \(what): remove the file, and it is trained anew")
  }
}

extension ArraySlice<UInt8> {
  /// The character of 2 to 4 bytes that comes first; empty where there is none.
  fileprivate var firstCharacter: ArraySlice<UInt8> {
    let size =
      switch first ?? 0 {
      case 0xC0...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF7: 4
      default: 0
      }
    let character = prefix(size)
    let isWhole =
      character.count == size && character.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 }
    return isWhole ? character : []
  }
}
