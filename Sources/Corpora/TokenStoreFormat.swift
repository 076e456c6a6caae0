/// The layout of a token shard.
///
/// All numbers are little-endian.
///
///     offset  bytes  what
///          0      8  magic, the letters CPTTOKS1
///          8      4  format version
///         12      4  element width in bytes: 2 if every id fits, else 4
///         16      8  V, the number of ids, the end-of-document id among them
///         24      8  n, the number of tokens
///         32      8  d, the number of documents
///         40      8  bytes of text
///         48      8  characters (Unicode scalars) of text
///         56      8  1 if the byte lengths of the tokens add up to the bytes of each document, else 0
///         64     32  the content address (SHA-256) under which the shard was made
///         96     32  SHA-256 of everything from offset 128 on, followed by the first 96 bytes
///        128     2V  the length in bytes of each id decoded alone, at most 65,535
///          .    n·w  the tokens, each document followed by the end-of-document id
///          .   8d+8  for each document the place of its first token, then n
///
/// The tokens and the document places start at the next multiple of 8; the gaps are zero.
struct TokenStoreFormat {
  static let magic = Array("CPTTOKS1".utf8)
  static let version: UInt32 = 1
  static let headerSize = 128

  var elementWidth: Int
  var vocabulary: Int
  var tokenCount: Int
  var documentCount: Int
  var byteCount: Int
  var characterCount: Int
  var lengthsAddUp: Bool

  /// Where the tokens start.
  var tokensOffset: Int { Self.aligned(Self.headerSize + 2 * vocabulary) }
  /// Where the places of the documents start.
  var documentsOffset: Int { Self.aligned(tokensOffset + tokenCount * elementWidth) }
  /// The size of the file.
  var fileSize: Int { documentsOffset + 8 * (documentCount + 1) }

  /// The width of an element that holds every id below `vocabulary`.
  static func elementWidth(vocabulary: Int) -> Int { vocabulary <= 1 << 16 ? 2 : 4 }

  static func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }

  /// The first 96 bytes of the file: the header without its checksum.
  func header(key: [UInt8]) -> [UInt8] {
    precondition(key.count == 32)
    var header = Self.magic
    header += Self.version.littleEndianBytes
    header += UInt32(elementWidth).littleEndianBytes
    for number in [
      vocabulary, tokenCount, documentCount, byteCount, characterCount, lengthsAddUp ? 1 : 0,
    ] {
      header += UInt64(number).littleEndianBytes
    }
    return header + key
  }
}

extension TokenStoreFormat {
  /// Reads the first 128 bytes of a file of `size` bytes.
  ///
  /// - Throws: ``CorpusError`` with `damagedCache` that says which part is impossible.
  init(header file: MappedFile) throws(CorpusError) {
    guard file.count >= Self.headerSize, file.bytes(in: 0..<8) == Self.magic else {
      throw Self.damaged(file, "it does not start with the 128 bytes of a token shard")
    }
    let version: UInt32 = file.number(at: 8)
    guard version == Self.version else {
      throw Self.damaged(
        file, "its format version is \(version), this program reads \(Self.version)")
    }
    let width: UInt32 = file.number(at: 12)
    var numbers: [Int] = []
    for offset in stride(from: 16, to: 64, by: 8) {
      let number: UInt64 = file.number(at: offset)
      // Large enough for any corpus, small enough that no sum below can overflow.
      guard number < 1 << 48 else {
        throw Self.damaged(file, "the number at offset \(offset) is \(number)")
      }
      numbers.append(Int(number))
    }
    elementWidth = Int(width)
    vocabulary = numbers[0]
    tokenCount = numbers[1]
    documentCount = numbers[2]
    byteCount = numbers[3]
    characterCount = numbers[4]
    lengthsAddUp = numbers[5] == 1
    guard elementWidth == Self.elementWidth(vocabulary: vocabulary), vocabulary > 0 else {
      throw Self.damaged(file, "\(vocabulary) ids are never stored in \(width) bytes each")
    }
    guard fileSize == file.count else {
      throw Self.damaged(file, "it is \(file.count) bytes long and should be \(fileSize)")
    }
  }

  static func damaged(_ file: MappedFile, _ what: String) -> CorpusError {
    CorpusError(
      .damagedCache,
      "the token shard \(file.path) is damaged: \(what); remove it, and it is made again")
  }
}
