import Foundation

/// A pack as a stream of members, which refuses every byte that a pack would not have.
final class PackArchive {
  private let path: String
  private let file: FileHandle
  private let byteCount: Int
  private var offset = 0

  init(path: String) throws {
    self.path = path
    self.file = try openToRead(path)
    self.byteCount = try onFile(path) { [file] in
      let end = try file.seekToEnd()
      try file.seek(toOffset: 0)
      return Int(clamping: end)
    }
  }

  deinit { try? file.close() }

  /// Reads the first member, which must be the manifest.
  ///
  /// - Throws: `TarFault` or `PackError` if it is not.
  func manifest() throws -> (PackManifest, text: Data) {
    guard let header = try next(), header.name == PackManifest.name else {
      throw TarFault(reason: "it does not begin with \(PackManifest.name), so it is not a pack")
    }
    guard header.byteCount <= PackManifest.largest else {
      throw TarFault(reason: "\(PackManifest.name) is absurdly large")
    }
    var text = Data()
    try contents(of: header) { text += $0 }
    return (try PackManifest(text: text), text)
  }

  /// The next member's header; nil behind the last one, where the archive must end.
  ///
  /// - Throws: `TarFault` where the archive is cut off or holds something else.
  func next() throws -> TarHeader? {
    let block = try read(TarHeader.blockSize)
    guard !block.allSatisfy({ $0 == 0 }) else {
      guard try read(TarHeader.blockSize).allSatisfy({ $0 == 0 }) else {
        throw TarFault(reason: "there are bytes behind its end")
      }
      guard offset == byteCount else { throw TarFault(reason: "there are bytes behind its end") }
      return nil
    }
    let header = try TarHeader.read(Array(block)).get()
    guard header.byteCount <= byteCount - offset else {
      throw TarFault(reason: "it is cut off inside \(header.name)")
    }
    return header
  }

  /// Hands over the contents of the member whose header was read last.
  func contents(of header: TarHeader, _ use: (Data) throws -> Void) throws {
    let count = try readPieces(of: file, path: path, upTo: header.byteCount, use)
    offset += count
    guard count == header.byteCount else {
      throw TarFault(reason: "it is cut off inside \(header.name)")
    }
    guard try read(header.padding).allSatisfy({ $0 == 0 }) else {
      throw TarFault(reason: "there are bytes behind \(header.name) that belong to no member")
    }
  }

  /// Passes over the contents of the member whose header was read last.
  func skip(_ header: TarHeader) throws {
    offset += header.byteCount + header.padding
    guard offset <= byteCount else { throw TarFault(reason: "it is cut off in \(header.name)") }
    try onFile(path) { try file.seek(toOffset: UInt64(offset)) }
  }

  private func read(_ count: Int) throws -> Data {
    var data = Data()
    offset += try readPieces(of: file, path: path, upTo: count) { data += $0 }
    guard data.count == count else { throw TarFault(reason: "it is cut off at its end") }
    return data
  }
}
