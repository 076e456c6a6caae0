/// The lines of a file, one at a time.
struct LineReader: ~Copyable {
  /// The number of the line that was read last, from 1 on.
  private(set) var lineNumber = 0
  private var stream: ByteStream
  private var buffer: [UInt8] = []
  private var position = 0

  init(_ stream: consuming ByteStream) { self.stream = stream }

  /// The next line without its line feed, or nil after the last.
  mutating func next() throws(CorpusError) -> [UInt8]? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[position..<end])
        position = end + 1
        lineNumber += 1
        return line
      }
      buffer.removeSubrange(..<position)
      position = 0
      searched = buffer.count
      guard let more = try stream.next() else { return last() }
      buffer += more
    }
  }

  private mutating func last() -> [UInt8]? {
    guard !buffer.isEmpty else { return nil }
    let line = buffer
    buffer = []
    lineNumber += 1
    return line
  }
}
