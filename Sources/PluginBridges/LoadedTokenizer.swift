import CPluginABI
import PluginSDK

/// A tokenizer behind the C table.
final class LoadedTokenizer: Tokenizer {
  let vocabularySize: Int
  private let instance: LoadedInstance
  private let table: cpt_tokenizer_table

  init(
    _ instance: LoadedInstance, _ table: cpt_tokenizer_table, of plugin: LoadedPlugin
  ) throws(PluginError) {
    self.instance = instance
    self.table = table
    vocabularySize = try instance.concurrent { () throws(PluginError) in
      let size = calling("vocabulary_size") {
        unsafe Int(table.vocabulary_size?(instance.pointer) ?? 0)
      }
      guard (1...CLimits.vocabularySize).contains(size) else {
        throw PluginError(
          .internal,
          "vocabulary_size returned \(size); from 1 to \(CLimits.vocabularySize) are allowed")
      }
      return size
    }
  }

  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    try instance.concurrent { () throws(PluginError) in
      var ids = EncodedIDs(room: bytes.count)
      try unsafe bytes.withUnsafeBufferPointer { text throws(PluginError) in
        try unsafe encode(text, to: &ids, bytesToCome: 0)
      }
      return ids.finish()
    }
  }

  /// By the plugin's own function where it has one, or else text by text.
  ///
  /// Where that function fails, the texts are encoded alone to tell which of them it was.
  func encode(
    batch texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    guard !texts.isEmpty else { return ConcatenatedLists() }
    return try instance.concurrent { () throws(PluginError) in
      guard unsafe has(table.encode_batch) else { return try encodeOneByOne(texts) }
      do throws(PluginError) {
        return try encodeTogether(texts)
      } catch {
        _ = try encodeOneByOne(texts)
        throw error
      }
    }
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    try instance.concurrent { () throws(PluginError) in
      try unsafe CollectedBytes.from { sink throws(PluginError) in
        try unsafe checked("decode") { error in
          unsafe ids.withUnsafeBufferPointer { ids in
            unsafe table.decode?(instance.pointer, ids.baseAddress, ids.count, sink, error)
          }
        }
      }
    }
  }

  func save() throws(PluginError) -> [UInt8] {
    try instance.serial { () throws(PluginError) in
      try unsafe CollectedBytes.from { sink throws(PluginError) in
        try unsafe checked("save") { error in unsafe table.save?(instance.pointer, sink, error) }
      }
    }
  }
}

extension LoadedTokenizer {
  /// Calls `encode` for each text; an error says which of them has it.
  private func encodeOneByOne(
    _ texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    var ids = EncodedIDs(room: texts.elements.count)
    try unsafe texts.elements.withUnsafeBufferPointer { bytes throws(PluginError) in
      for index in texts.indices {
        let (start, end) = (texts.offsets[index], texts.offsets[index + 1])
        do throws(PluginError) {
          try unsafe encode(
            UnsafeBufferPointer(rebasing: bytes[start..<end]), to: &ids,
            bytesToCome: bytes.count - end)
        } catch {
          throw error.inBatch(at: index)
        }
      }
    }
    return ids.finishLists()
  }

  /// Encodes a text, behind those that are encoded already.
  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, to ids: inout EncodedIDs, bytesToCome: Int
  ) throws(PluginError) {
    let room = ids.room
    var count = try unsafe count(of: text, into: &ids)
    guard isPlausible(count, of: text.count) else {
      throw PluginError(
        .internal, "encode asks for room for \(count) ids of \(text.count) bytes")
    }
    if count > room {
      ids.makeRoom(for: count, of: text.count, bytesToCome: bytesToCome)
      let asked = count
      count = try unsafe self.count(of: text, into: &ids)
      guard count <= asked else {
        throw PluginError(
          .internal, "encode asks for room for \(count) ids after it asked for \(asked)")
      }
    }
    ids.take(count)
    try check(ids.last, "encode")
  }

  /// Calls `encode` and returns how many ids there are, or how much room is needed.
  private func count(
    of text: UnsafeBufferPointer<UInt8>, into ids: inout EncodedIDs
  ) throws(PluginError) -> Int {
    let room = ids.room
    var count = 0
    do throws(PluginError) {
      try unsafe checked("encode") { error in
        unsafe ids.withRoom { ids in
          unsafe table.encode?(
            instance.pointer, text.baseAddress, text.count, ids.baseAddress, ids.count, &count,
            error)
        }
      }
    } catch {
      guard error.status == .bufferTooSmall, count > room else { throw error }
      return count
    }
    guard (0...room).contains(count) else {
      throw PluginError(.internal, "encode says it wrote \(count) ids into room for \(room)")
    }
    return count
  }

  /// Calls `encode_batch`.
  private func encodeTogether(
    _ texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    var ids = EncodedIDs(room: texts.elements.count)
    var counts = try counts(of: texts, into: &ids)
    let needed = counts.reduce(0, +)
    if needed > ids.room {
      ids = EncodedIDs(room: needed)
      counts = try self.counts(of: texts, into: &ids)
      guard counts.reduce(0, +) <= needed else {
        throw PluginError(.internal, "encode_batch asks for more room than it asked for before")
      }
    }
    for count in counts { ids.take(count) }
    let lists = ids.finishLists()
    try check(lists.elements[...], "encode_batch")
    return lists
  }

  /// Calls `encode_batch` and returns how many ids each text has; their room may be too small.
  private func counts(
    of texts: ConcatenatedLists<UInt8>, into ids: inout EncodedIDs
  ) throws(PluginError) -> [Int] {
    let room = ids.room
    var counts = [Int](repeating: -1, count: texts.count)
    var isTooSmall = false
    do throws(PluginError) {
      try unsafe checked("encode_batch") { error in
        unsafe texts.elements.withUnsafeBufferPointer { bytes in
          unsafe texts.offsets.withUnsafeBufferPointer { offsets in
            unsafe ids.withRoom { ids in
              unsafe table.encode_batch?(
                instance.pointer, bytes.baseAddress, offsets.baseAddress, texts.count,
                ids.baseAddress, ids.count, &counts, error)
            }
          }
        }
      }
    } catch {
      guard error.status == .bufferTooSmall else { throw error }
      isTooSmall = true
    }
    for (count, text) in zip(counts, texts) where !isPlausible(count, of: text.count) {
      throw PluginError(
        .internal, "encode_batch says there are \(count) ids of \(text.count) bytes")
    }
    let sum = counts.reduce(0, +)
    guard isTooSmall == (sum > room) else {
      throw PluginError(
        .internal,
        "encode_batch counts \(sum) ids for room for \(room), and says that they "
          + (isTooSmall ? "do not fit" : "are there"))
    }
    return counts
  }

  /// Whether some bytes can have so many ids.
  private func isPlausible(_ count: Int, of byteCount: Int) -> Bool {
    (0...CLimits.idsPerByte * max(CLimits.idsPerByte, byteCount)).contains(count)
  }

  private func check(_ ids: ArraySlice<TokenID>, _ function: String) throws(PluginError) {
    guard let wrong = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) else { return }
    throw PluginError(
      .internal, "\(function) gave the id \(wrong), outside 0 ..< \(vocabularySize)")
  }
}

/// The ids of texts as a plugin writes them, and the room behind them for those of the next.
private struct EncodedIDs {
  private var ids: [TokenID]
  private var offsets = [0]

  /// Makes room: a byte gives one id at most in every vocabulary that holds all bytes.
  init(room: Int) { ids = [TokenID](repeating: 0, count: room) }

  private var end: Int { offsets[offsets.count - 1] }

  /// How many more fit.
  var room: Int { ids.count - end }

  /// Lends the room to a call.
  mutating func withRoom<Result>(
    _ call: (UnsafeMutableBufferPointer<TokenID>) -> Result
  ) -> Result {
    let end = end
    return unsafe ids.withUnsafeMutableBufferPointer { ids in
      unsafe call(UnsafeMutableBufferPointer(rebasing: ids[end...]))
    }
  }

  /// Makes room for a text that needs more, and for those behind it as if they were like it.
  mutating func makeRoom(for count: Int, of byteCount: Int, bytesToCome: Int) {
    let idsPerByte = min(CLimits.idsPerByte, count / max(1, byteCount) + 1)
    let room = count + idsPerByte * bytesToCome
    ids += [TokenID](repeating: 0, count: max(0, room - self.room))
  }

  /// Counts the first ids of the room as those of the next text.
  mutating func take(_ count: Int) { offsets.append(end + count) }

  /// Those of the text that was taken last.
  var last: ArraySlice<TokenID> { ids[offsets[offsets.count - 2]..<end] }

  /// Gives those of all texts, and up the room.
  mutating func finish() -> [TokenID] {
    if room > 0 { ids.removeLast(room) }
    return ids
  }

  /// Gives those of each text, and up the room.
  mutating func finishLists() -> ConcatenatedLists<TokenID> {
    guard let lists = ConcatenatedLists(elements: finish(), offsets: offsets) else {
      preconditionFailure("a text has less than no ids")
    }
    return lists
  }
}
