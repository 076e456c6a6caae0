package import PluginSDK

/// Texts that are encoded by one call of a tokenizer.
///
/// A call into a worker process costs some microseconds, whatever it carries; a batch takes a
/// thousand times as long, and is still small beside what is read at a time.
package enum EncodingBatch {
  /// A batch ends with the text that reaches this many bytes.
  package static let byteCount = 1 << 16

  /// Divides texts, in their order, into batches.
  package static func ranges(of texts: [[UInt8]]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for (index, text) in texts.enumerated() {
      bytes += text.count
      guard bytes >= byteCount || index + 1 == texts.count else { continue }
      ranges.append(start..<index + 1)
      (start, bytes) = (index + 1, 0)
    }
    return ranges
  }
}

extension Tokenizer {
  /// Encodes texts on some threads, batch by batch.
  ///
  /// - Parameters:
  ///   - texts: What to encode.
  ///   - threads: How many batches are encoded at once; no id depends on it. Must be 1 for a plugin
  ///     that is not declared concurrent.
  ///   - title: What errors call one of the texts, or several.
  /// - Returns: The ids of the batches, in the order of the texts.
  /// - Throws: ``PluginError`` of the first text that has one, as if there were one thread.
  package func encode(
    _ texts: [[UInt8]], threads: Int, title: @Sendable (ClosedRange<Int>) -> String
  ) throws -> [ConcatenatedLists<TokenID>] {
    try EncodingBatch.ranges(of: texts).mapConcurrently(threads: threads) { range in
      do throws(PluginError) {
        return try encode(batch: ConcatenatedLists(texts[range]))
      } catch {
        let index = error.batchIndex.map { range.lowerBound + $0 }
        let place = title((index ?? range.lowerBound)...(index ?? range.upperBound - 1))
        throw PluginError(error.status, "\(place): \(error.message)", plugin: error.plugin)
      }
    }
  }
}
