package import PluginSDK

/// The documents that a tokenizer is trained on: the training sides of some corpora, mixed.
///
/// The bytes taken from each corpus are in proportion to its weight, as closely as whole documents
/// allow: as much as the limit and the scarcest corpus let through. Documents alternate so that the
/// proportion holds all along.
package final class TrainingDocuments: DocumentSource {
  /// The size of the documents that will be given.
  package let byteCount: Int
  /// For each corpus the bytes that will be given.
  package let corpusByteCounts: [Int]

  private let weights: [Double]
  private let limits: [Int]
  private var readers: [TrainingReader]
  private var taken: [Int]
  private var isExhausted: [Bool]

  /// Chooses the documents; reads each corpus once, as far as it is needed.
  ///
  /// - Parameters:
  ///   - corpora: With positive weights.
  ///   - byteLimit: The most text over all corpora, in bytes; nil for no limit but the text there
  ///     is. The last document of each corpus may go over it.
  /// - Throws: ``CorpusError``, also if a corpus has no training text.
  package init(
    _ corpora: [(corpus: CorpusDefinition, weight: Double)], byteLimit: Int? = nil
  ) throws(CorpusError) {
    precondition(corpora.allSatisfy { $0.weight > 0 && $0.weight.isFinite })
    let total = corpora.reduce(0) { $0 + $1.weight }
    var available: [Int] = []
    for (corpus, weight) in corpora {
      let wanted = byteLimit.map { Self.share($0, weight / total) } ?? .max
      let (bytes, report) = try Self.bytes(of: corpus, upTo: wanted)
      guard bytes > 0 else {
        throw CorpusError(
          .tooLittleText,
          """
          corpus '\(corpus.name)' has no training text for the tokenizer: its files hold \
          \(report.summary); add text or lower held_out (the split is by document)
          """)
      }
      available.append(min(bytes, wanted))
    }
    // The whole that each corpus could be its share of; the least of them binds.
    let whole = zip(available, corpora).map { Double($0) / ($1.weight / total) }.min() ?? 0
    weights = corpora.map(\.weight)
    limits = corpora.map { Self.share(whole, $0.weight / total) }
    var counts: [Int] = []
    var readers: [TrainingReader] = []
    for (limit, (corpus, _)) in zip(limits, corpora) {
      counts.append(try Self.bytes(of: corpus, upTo: limit).bytes)
      readers.append(try TrainingReader(corpus))
    }
    corpusByteCounts = counts
    byteCount = counts.reduce(0, +)
    self.readers = readers
    taken = counts.map { _ in 0 }
    isExhausted = counts.map { _ in false }
  }

  package func next() throws(PluginError) -> [UInt8]? {
    while true {
      let open = taken.indices.filter { !isExhausted[$0] && taken[$0] < limits[$0] }
      let next = open.min {
        (Double(taken[$0]) / weights[$0], $0) < (Double(taken[$1]) / weights[$1], $1)
      }
      guard let next else { return nil }
      let text: [UInt8]?
      do { text = try readers[next].next() } catch {
        throw PluginError(.invalidArgument, error.message)
      }
      guard let text else {
        isExhausted[next] = true
        continue
      }
      taken[next] += text.count
      return text
    }
  }

  private static func share(_ whole: some BinaryInteger, _ part: Double) -> Int {
    share(Double(whole), part)
  }

  /// Rounded up, so that rounding never leaves a corpus without its last document.
  private static func share(_ whole: Double, _ part: Double) -> Int {
    max(1, Int(min((whole * part).rounded(.up), 0x1p52)))
  }

  /// The bytes of the first training documents that together reach `limit`, or of all; and what was
  /// read to count them.
  private static func bytes(
    of corpus: CorpusDefinition, upTo limit: Int
  ) throws(CorpusError) -> (bytes: Int, report: ReadingReport) {
    let reader = try TrainingReader(corpus)
    var bytes = 0
    while bytes < limit, let text = try reader.next() { bytes += text.count }
    return (bytes, reader.report)
  }
}

/// The training side of a corpus.
private final class TrainingReader {
  private var reader: DocumentReader
  private let heldOut: Double

  init(_ corpus: CorpusDefinition) throws(CorpusError) {
    reader = try DocumentReader(corpus)
    heldOut = corpus.heldOut
  }

  /// What has been read so far.
  var report: ReadingReport { reader.report }

  func next() throws(CorpusError) -> [UInt8]? {
    while let document = try reader.next() {
      if !document.isHeldOut(fraction: heldOut) { return document.text }
    }
    return nil
  }
}
