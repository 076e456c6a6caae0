package import PluginSDK

/// What a mixture draws from: a corpus cut into sequences of one length.
package struct SequenceSource: Hashable, Sendable {
  /// The corpus, as the pipeline and the mixer name it.
  package var name: String
  package var sequenceCount: Int

  package init(name: String, sequenceCount: Int) {
    self.name = name
    self.sequenceCount = sequenceCount
  }
}

/// Which sequence stands at a global index.
package struct SequencePlace: Hashable, Sendable {
  /// The number of the source, as the mixer counts them.
  package var source: Int
  /// The number of the sequence within its source.
  package var sequence: Int
  /// How often every sequence of the source has been drawn before.
  package var epoch: Int
}

/// Which sequence comes when: a pure function of mixture, seed and global index.
///
/// The mixer is asked for weights at the start of every block of sequences. Within a block each
/// source gets a whole number of places, so that what it has had by the end of the block differs by
/// less than one sequence from the running sum of its weights (one more after weights that drop
/// below what rounding had already given), and the places are permuted. Within an epoch a source's
/// sequences come in a permuted order, each exactly once; each epoch has an order of its own.
package struct SequenceOrder: Sendable {
  package let sources: [SequenceSource]
  /// The number of sequences in the stage.
  package let count: Int
  /// T, tokens in a sequence.
  package let context: Int
  package let blockLength: Int
  /// For each block and then the end: sequences drawn before it, source after source.
  private let drawnBefore: [Int]
  private let blockRandom: CounterRandom
  private let sourceRandoms: [CounterRandom]

  /// Plans a stage.
  ///
  /// - Parameters:
  ///   - sources: One for each of the mixer's sources, in its order.
  ///   - mixer: Gives the weights; asked once a block.
  ///   - mixerName: The plugin's name, for errors.
  ///   - count: The number of sequences in the stage.
  ///   - context: T, tokens in a sequence.
  ///   - seed: Everything random follows from it.
  ///   - blockLength: Sequences for which the weights hold; part of the order, not of the machine.
  /// - Throws: ``CorpusError`` if the weights are none, if the sources are not the mixer's, or if a
  ///   source that is drawn from has no sequence; the mixer's own error.
  /// - Complexity: O(count / blockLength) in time and memory.
  package init(
    sources: [SequenceSource], mixer: any DataMixer, mixerName: String, count: Int, context: Int,
    seed: UInt64, blockLength: Int = 1024
  ) throws {
    precondition(count >= 0 && context > 0 && blockLength > 0)
    let names = mixer.sources
    guard names == sources.map(\.name) else {
      throw CorpusError(
        .unlawfulPlugin,
        """
        the data mixer '\(mixerName)' draws from \(Self.list(names)), but the stage has prepared \
        \(Self.list(sources.map(\.name))); a mixer draws from the corpora its options name
        """)
    }
    self.sources = sources
    self.count = count
    self.context = context
    self.blockLength = blockLength
    blockRandom = CounterRandom(seed: seed, stream: "corpora/blocks")
    sourceRandoms = names.map { CounterRandom(seed: seed, stream: "corpora/sequences/\($0)") }
    drawnBefore = try Self.plan(
      mixer: mixer, mixerName: mixerName, count: count, context: context, blockLength: blockLength)
    for (source, drawn) in plannedCounts.enumerated()
    where drawn > 0 && sources[source].sequenceCount == 0 {
      throw CorpusError(
        .tooLittleText,
        """
        corpus '\(sources[source].name)' has too few training tokens for one sequence of \
        \(context) tokens and the token after it, but the stage draws \(drawn) sequences from it; \
        add text, lower held_out, or choose a shorter context
        """)
    }
  }

  /// The sequence at a global index.
  ///
  /// - Precondition: `index` lies in `0 ..< count`.
  /// - Complexity: O(number of sources).
  package func place(at index: Int) -> SequencePlace {
    precondition(index >= 0 && index < count, "sequence \(index) is outside 0..<\(count)")
    let block = index / blockLength
    var slot = permutation(of: block)[index - block * blockLength]
    var source = 0
    while slot >= share(of: source, in: block) {
      slot -= share(of: source, in: block)
      source += 1
    }
    let drawn = drawnBefore[block * sources.count + source] + slot
    let (epoch, ordinal) = drawn.quotientAndRemainder(dividingBy: sources[source].sequenceCount)
    let order = KeyedPermutation(
      count: sources[source].sequenceCount, key: sourceRandoms[source].word(UInt64(epoch)))
    return SequencePlace(source: source, sequence: order[ordinal], epoch: epoch)
  }

  /// How many sequences of each source stand before a global index.
  ///
  /// - Complexity: O(blockLength · number of sources).
  package func counts(before index: Int) -> [Int] {
    precondition(index >= 0 && index <= count, "index \(index) is outside 0...\(count)")
    let block = index / blockLength
    var counts = Array(drawnBefore[(block * sources.count)...].prefix(sources.count))
    for earlier in (block * blockLength)..<max(index, block * blockLength) {
      counts[place(at: earlier).source] += 1
    }
    return counts
  }

  /// How many sequences of each source the stage draws.
  package var plannedCounts: [Int] { Array(drawnBefore.suffix(sources.count)) }

  /// How many tokens of each source the stage draws.
  package var plannedTokens: [Int] { plannedCounts.map { $0 * context } }

  /// How often the stage goes through each source: 1.7 is once and seven tenths.
  package var epochs: [Double] {
    zip(plannedCounts, sources).map { drawn, source in
      source.sequenceCount == 0 ? 0 : Double(drawn) / Double(source.sequenceCount)
    }
  }

  /// How many of the drawn sequences of each source had been drawn before.
  package var repeatedCounts: [Int] {
    zip(plannedCounts, sources).map { drawn, source in max(0, drawn - source.sequenceCount) }
  }

  private func share(of source: Int, in block: Int) -> Int {
    drawnBefore[(block + 1) * sources.count + source] - drawnBefore[block * sources.count + source]
  }

  private func permutation(of block: Int) -> KeyedPermutation {
    KeyedPermutation(
      count: min(blockLength, count - block * blockLength), key: blockRandom.word(UInt64(block)))
  }
}

extension SequenceOrder {
  private static func plan(
    mixer: any DataMixer, mixerName: String, count: Int, context: Int, blockLength: Int
  ) throws -> [Int] {
    var drawn = [Int](repeating: 0, count: mixer.sources.count)
    var targets = drawn.map(Double.init)
    var table = drawn
    for start in stride(from: 0, to: count, by: blockLength) {
      let weights = try mixer.weights(
        at: MixingProgress(
          tokensDrawn: start * context, tokensPlanned: count * context,
          sourceTokensDrawn: drawn.map { $0 * context }))
      try check(weights, sources: mixer.sources, mixerName: mixerName, tokensDrawn: start * context)
      let length = min(blockLength, count - start)
      let total = weights.reduce(0, +)
      for source in targets.indices {
        targets[source] += weights[source] / total * Double(length)
      }
      let wanted = zip(targets, drawn).map { max(0, $0 - Double($1)) }
      for (source, share) in apportion(length, wanted).enumerated() { drawn[source] += share }
      table += drawn
    }
    return table
  }

  /// Whole numbers nearest to `wanted` that sum to `total`: the largest remainders are rounded up,
  /// the first of equals first.
  private static func apportion(_ total: Int, _ wanted: [Double]) -> [Int] {
    var shares = wanted.map { Int($0.rounded(.down)) }
    let remainder = { (source: Int) in wanted[source] - Double(shares[source]) }
    var missing = total - shares.reduce(0, +)
    while missing > 0 {
      let most = shares.indices.max { (remainder($0), $1) < (remainder($1), $0) }
      shares[most ?? 0] += 1
      missing -= 1
    }
    while missing < 0 {
      let least = shares.indices.filter { shares[$0] > 0 }.min {
        (remainder($0), $0) < (remainder($1), $1)
      }
      shares[least ?? 0] -= 1
      missing += 1
    }
    return shares
  }

  private static func check(
    _ weights: [Double], sources: [String], mixerName: String, tokensDrawn: Int
  ) throws(CorpusError) {
    let complaint: String
    if weights.count != sources.count {
      complaint = "gave \(weights.count) weights for \(sources.count) sources"
    } else if let bad = weights.indices.first(where: { !(weights[$0] >= 0 && weights[$0].isFinite) }
    ) {
      complaint = "gave '\(sources[bad])' the weight \(weights[bad])"
    } else if abs(weights.reduce(0, +) - 1) > 1e-9 {
      complaint = "gave weights that sum to \(weights.reduce(0, +))"
    } else {
      return
    }
    throw CorpusError(
      .unlawfulPlugin,
      """
      the data mixer '\(mixerName)' \(complaint) after \(tokensDrawn) tokens; a mixer gives each \
      of its sources a weight of at least 0, and they sum to 1 within 1e-9
      """)
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
