/// The 512 bytes before a member of a tar archive, in the one form that packs use.
///
/// POSIX.1-1988 "ustar": a plain file with mode 644, no owner, no time. A name and a size give
/// exactly one header, so that reading a pack is comparing with what would have been written, and
/// no other kind of member (link, device, folder) can be expressed. Sizes that octal digits cannot
/// hold are written in base 256, as GNU tar does.
struct TarHeader: Hashable {
  /// The unit in which an archive is laid out, in bytes.
  static let blockSize = 512

  let name: String
  let byteCount: Int

  /// The header as it stands in the archive; nil if the name has no place in one.
  var block: [UInt8]? {
    guard let (prefix, suffix) = TarHeader.split(name) else { return nil }
    var block: [UInt8] = []
    func field(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
      bytes + [UInt8](repeating: 0, count: width - bytes.count)
    }
    block += field(Array(suffix.utf8), 100)
    block += TarHeader.octal(0o644, 7) + [0]
    block += TarHeader.octal(0, 7) + [0] + TarHeader.octal(0, 7) + [0]
    block += TarHeader.size(byteCount)
    block += TarHeader.octal(0, 11) + [0]
    let checksumStart = block.count
    block += [UInt8](repeating: 0x20, count: 8)
    block += Array("0".utf8)
    block += field([], 100)
    block += field(Array("ustar".utf8), 6) + Array("00".utf8)
    block += field([], 32) + field([], 32)
    block += TarHeader.octal(0, 7) + [0] + TarHeader.octal(0, 7) + [0]
    block += field(Array(prefix.utf8), 155) + field([], 12)
    let sum = block.reduce(0) { $0 + Int($1) }
    block.replaceSubrange(
      checksumStart..<checksumStart + 8, with: TarHeader.octal(sum, 6) + [0, 0x20])
    return block
  }

  init(name: String, byteCount: Int) {
    precondition(byteCount >= 0, "a member has no negative size")
    self.name = name
    self.byteCount = byteCount
  }

  /// Reads a header; what is wrong with it is said where it is not one of ours.
  static func read(_ block: [UInt8]) -> Result<TarHeader, TarFault> {
    precondition(block.count == blockSize, "a header is one block")
    func text(_ range: Range<Int>) -> String? {
      String(validating: block[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    guard block[257..<263].elementsEqual(Array("ustar".utf8) + [0]) else {
      return .failure(TarFault(reason: "there is no tar header where one must be"))
    }
    guard block[156] == UInt8(ascii: "0") else {
      return .failure(
        TarFault(reason: "there is a link, folder or other member that is not a plain file"))
    }
    guard let suffix = text(0..<100), let prefix = text(345..<500) else {
      return .failure(TarFault(reason: "a name is not UTF-8"))
    }
    guard let byteCount = readSize(block[124..<136]) else {
      return .failure(TarFault(reason: "a size is not a number or absurdly large"))
    }
    let header = TarHeader(
      name: prefix.isEmpty ? suffix : prefix + "/" + suffix, byteCount: byteCount)
    // A name that cannot be split is reported as a bad name by those who read on.
    guard header.block == block || split(header.name) == nil else {
      return .failure(TarFault(reason: "the header of \(header.name) was changed"))
    }
    return .success(header)
  }

  /// A name as its prefix and the rest, of at most 155 and 100 bytes; nil if it cannot be split.
  static func split(_ name: String) -> (prefix: String, suffix: String)? {
    if name.utf8.count <= 100 { return name.isEmpty ? nil : ("", name) }
    var index = name.startIndex
    while let slash = name[index...].firstIndex(of: "/") {
      let suffix = name[name.index(after: slash)...]
      if suffix.utf8.count <= 100 {
        let prefix = name[..<slash]
        let fits = prefix.utf8.count <= 155 && !prefix.isEmpty && !suffix.isEmpty
        return fits ? (String(prefix), String(suffix)) : nil
      }
      index = name.index(after: slash)
    }
    return nil
  }

  /// The bytes of zeros after a member's contents.
  var padding: Int { (TarHeader.blockSize - byteCount % TarHeader.blockSize) % TarHeader.blockSize }

  private static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
  }

  private static func size(_ byteCount: Int) -> [UInt8] {
    if byteCount < 1 << 33 { return octal(byteCount, 11) + [0] }
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: byteCount >> (56 - 8 * $0)) }
    return [0x80, 0, 0, 0] + bytes
  }

  private static func readSize(_ field: ArraySlice<UInt8>) -> Int? {
    if field.first == 0x80 {
      let value = field.dropFirst(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(exactly: value)
    }
    guard let text = String(validating: field.dropLast(), as: UTF8.self) else { return nil }
    return Int(text, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }
}

/// What is wrong with an archive.
struct TarFault: Error, Hashable {
  var reason: String
}
