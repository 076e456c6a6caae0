import CPluginABI
import PluginSDK

/// Bytes collected from a plugin: the host's half of a sink.
@safe
final class CollectedBytes {
  private static let sinks = unsafe TableLender<CollectedBytes, cpt_byte_sink>()

  private var bytes: [UInt8] = []
  /// Why some bytes were not taken, which explains better than the plugin can.
  private var failure: PluginError?

  private init() {}

  /// Returns the bytes that a call writes to the sink it is given.
  static func from(
    _ call: (UnsafePointer<cpt_byte_sink>) throws(PluginError) -> Void
  ) throws(PluginError) -> [UInt8] {
    let collected = CollectedBytes()
    do throws(PluginError) {
      try unsafe sinks.lend(of: collected) { context in
        unsafe cpt_byte_sink(
          struct_size: MemoryLayout<cpt_byte_sink>.size, context: context,
          write: { context, bytes, count in
            answer(nil) { () throws(PluginError) in
              try unsafe TableLender<CollectedBytes, cpt_byte_sink>.owner(at: context) {
                collected throws(PluginError) in
                try unsafe collected.append(bytes, count)
              }
            }
          })
      } to: { sink throws(PluginError) in
        try unsafe call(sink)
      }
    } catch {
      throw collected.failure ?? error
    }
    if let failure = collected.failure { throw failure }
    return collected.bytes
  }

  private func append(_ part: UnsafePointer<UInt8>?, _ count: Int) throws(PluginError) {
    // A size_t beyond Int comes as a negative number.
    guard (0...CLimits.sinkByteCount - bytes.count).contains(count) else {
      try fail(.outOfMemory, "more than \(CLimits.sinkByteCount) bytes")
    }
    guard unsafe part != nil || count == 0 else {
      try fail(.invalidArgument, "\(count) bytes at null")
    }
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: part, count: count))
  }

  private func fail(_ status: PluginStatus, _ what: String) throws(PluginError) -> Never {
    let error = PluginError(status, "it wrote \(what) to the host's sink")
    failure = failure ?? error
    throw error
  }
}
