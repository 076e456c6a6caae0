import Glibc
import PluginSDK

/// Makes up the options that a plugin needs, from what it declares.
///
/// Required ones are drawn within their bounds, corpora get invented names and shares that sum to
/// less than one. Optional and defaulted ones stay as they are.
struct OptionSampler {
  /// How many sets are tried before a plugin is said to take none.
  static let attempts = 32

  private let declarations: [OptionDeclaration]
  private let written: OptionValues
  private var random: SeededGenerator
  private var corpora = 0

  init(_ declarations: [OptionDeclaration], written: OptionValues, random: SeededGenerator) {
    self.declarations = declarations
    self.written = written
    self.random = random
  }

  /// The next set: what is written, and what is needed beside.
  mutating func next() -> OptionValues {
    corpora = 0
    var options = written
    for declaration in declarations
    where declaration.presence == .required && options[declaration.name] == nil {
      options[declaration.name] = value(of: declaration.type)
    }
    return options
  }

  private mutating func value(of type: OptionType) -> OptionValue {
    switch type {
    case .boolean: .boolean(Bool.random(using: &random))
    case .integer(let range): .integer(Int.random(in: Self.small(range), using: &random))
    case .real(let range): .real(real(in: range))
    case .text: .text("sample")
    case .choice(let words): .text(words.randomElement(using: &random) ?? "")
    case .corpus: .text(corpus())
    case .shares(let range): .shares(shares(in: range))
    }
  }

  /// The part of a range near its small end, where things are cheap.
  private static func small(_ range: ClosedRange<Int>) -> ClosedRange<Int> {
    let low = range.lowerBound > .min ? range.lowerBound : min(0, range.upperBound)
    // From 256 to 65,536 the answer is 256 to 528.
    let (reach, overflow) = abs(low).addingReportingOverflow(16)
    let (high, isBeyond) = low.addingReportingOverflow(overflow ? 0 : reach)
    return low...min(isBeyond ? low : high, range.upperBound)
  }

  /// A number within bounds, none far from zero unless the bounds are.
  private mutating func real(in range: ClosedRange<Double>) -> Double {
    let low = max(range.lowerBound, min(range.upperBound, 0) - 1)
    let high = min(range.upperBound, max(low, 0) + 1)
    return low < high ? Double.random(in: low...high, using: &random) : low
  }

  private mutating func corpus() -> String {
    corpora += 1
    return "corpus-\(corpora)"
  }

  /// Three corpora whose shares differ and leave a part for others.
  private mutating func shares(in range: ClosedRange<Double>) -> [CorpusShare] {
    let total = Double.random(in: 0.3...0.7, using: &random)
    let parts = [1, 2, 3].map { $0 + Double.random(in: 0...0.5, using: &random) }
    let sum = parts.reduce(0, +)
    return parts.map { part in
      let share = total * part / sum
      return CorpusShare(
        corpus: corpus(), share: min(max(share, range.lowerBound), range.upperBound))
    }
  }
}

extension OptionValues {
  /// The values as `--set` would take them.
  var text: String {
    values.isEmpty
      ? "none"
      : values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(
        separator: " ")
  }

  /// The corpora that the options name.
  func corpora(_ declarations: [OptionDeclaration]) -> Set<String> {
    var names: Set<String> = []
    for declaration in declarations {
      switch (declaration.type, self[declaration.name]) {
      case (.corpus, .text(let corpus)?): names.insert(corpus)
      case (.shares, .shares(let shares)?): names.formUnion(shares.map(\.corpus))
      default: continue
      }
    }
    return names
  }
}

extension OptionValue {
  /// The value as `--set` would take it.
  var text: String {
    switch self {
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let word): word
    case .shares(let shares): shares.map { "\($0.corpus):\($0.share)" }.joined(separator: ",")
    }
  }
}
