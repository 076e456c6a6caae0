import Glibc
import PluginSDK

/// What a plugin tells the run beside its answers, in pieces that fit into one packet of a socket.
///
/// It can come from any thread of the plugin, at any time.
struct WorkerNote: WireValue {
  /// Of a log line; nil if it is progress.
  var level: PluginLogLevel?
  /// Of progress, in 0...1.
  var fraction: Double
  var text: [UInt8]
  /// Whether more pieces of the text follow.
  var continues: Bool

  init(level: PluginLogLevel?, fraction: Double, text: [UInt8], continues: Bool) {
    self.level = level
    self.fraction = fraction
    self.text = text
    self.continues = continues
  }

  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(level)
    try writer.write(fraction)
    try writer.write(text, continues)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(
      level: try reader.read(), fraction: try reader.read(), text: try reader.read(),
      continues: try reader.read())
  }

  /// The most bytes of a packet.
  static let packetLimit = 1 << 15
  /// The most bytes of text in a piece, which leaves room for the rest.
  static let pieceLimit = packetLimit - 64

  /// Sends it; waits while the host has not taken what was sent before.
  func send(to socket: CInt) {
    unsafe withUnsafeTemporaryAllocation(byteCount: Self.packetLimit, alignment: 8) { packet in
      var writer = unsafe WireWriter(packet)
      guard (try? writer.write(self)) != nil else { return }
      while unsafe Glibc.send(socket, packet.baseAddress, writer.byteCount, CInt(MSG_NOSIGNAL))
        < 0, errno == EINTR
      {}
    }
  }

  /// Takes the next one; nil if there is none now.
  static func receive(from socket: CInt) -> WorkerNote? {
    unsafe withUnsafeTemporaryAllocation(byteCount: packetLimit, alignment: 8) { packet in
      let count = unsafe recv(socket, packet.baseAddress, packet.count, CInt(MSG_DONTWAIT))
      guard count > 0 else { return nil }
      var reader = unsafe WireReader(UnsafeRawBufferPointer(rebasing: packet[..<count]))
      return try? reader.read(WorkerNote.self)
    }
  }
}

extension PluginLogLevel: WireValue {}
