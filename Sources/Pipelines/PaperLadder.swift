// h width, L layers, N parameters.

import PluginSDK

/// The 42 shapes of arXiv 2407.02118, Table 4.
///
/// The counts that the table lists are ⌊16 h² L + 32,000 h + (2 L + 1) h⌋ in millions, cut off: one
/// token table of 32,000 rows, gated feed-forward layers of width 4 h, and two norms a layer.
package enum PaperLadder {
  /// A row of the table.
  package struct Row: Hashable, Sendable {
    /// N as the table lists it, in millions.
    package let millions: Int
    package let width: Int
    package let heads: Int
    package let layers: Int

    /// What the rung is called: `49M`.
    package var name: String { "\(millions)M" }
  }

  /// In the order of the table, smallest first.
  package static let rows = table.map {
    Row(millions: $0.0, width: $0.1, heads: $0.2, layers: $0.3)
  }

  /// Millions of parameters, width, heads, layers.
  private static let table: [(Int, Int, Int, Int)] = [
    (49, 512, 8, 8), (66, 576, 9, 9), (86, 640, 10, 10), (105, 640, 10, 13), (125, 640, 10, 16),
    (137, 768, 12, 12), (166, 768, 12, 15), (194, 768, 12, 18), (208, 896, 14, 14),
    (234, 896, 14, 16), (259, 896, 14, 18), (301, 1024, 16, 16), (334, 1024, 16, 18),
    (368, 1024, 16, 20), (512, 1280, 10, 18), (591, 1280, 10, 21), (616, 1408, 11, 18),
    (670, 1280, 10, 24), (711, 1408, 11, 21), (766, 1536, 12, 19), (806, 1408, 11, 24),
    (879, 1536, 12, 22), (992, 1536, 12, 25), (1085, 1792, 14, 20), (1239, 1792, 14, 23),
    (1393, 1792, 14, 26), (1542, 2048, 16, 22), (1736, 2176, 17, 22), (1743, 2048, 16, 25),
    (1944, 2048, 16, 28), (1963, 2176, 17, 25), (2112, 2304, 18, 24), (2191, 2176, 17, 28),
    (2452, 2304, 18, 28), (2791, 2304, 18, 32), (2808, 2560, 20, 26), (3227, 2560, 20, 30),
    (3647, 2560, 20, 34), (corrected.millions, 2688, corrected.heads, 34), (4248, 2688, 21, 36),
    (4657, 2816, 22, 36), (5534, 3072, 24, 36),
  ]

  /// The row whose heads do not divide its width: 22 are printed for a width of 2688, which is 21
  /// heads of 128 as in the row below it.
  private static let corrected = (millions: 4016, printedHeads: 22, heads: 21)

  /// What to know about the rows of the table among some sizes, a sentence each.
  package static func notes(on sizes: [ModelSize]) -> [String] {
    guard let row = rows.first(where: { $0.millions == corrected.millions }),
      sizes.contains(where: { $0.isShape(of: row) })
    else { return [] }
    return [
      "\(row.name) has \(row.heads) heads: Table 4 of arXiv 2407.02118 prints "
        + "\(corrected.printedHeads), which do not divide the width of \(row.width)."
    ]
  }

  /// The names of the options that a row stands for.
  static let optionNames = ["width", "layers", "heads"]
}

extension PaperLadder.Row {
  /// The row as a ladder of shapes would write it, all of it at one place of the file.
  func node(at position: SourcePosition) -> YAMLNode {
    func entry(_ key: String, _ value: String) -> YAMLNode.Entry {
      YAMLNode.Entry(
        key: key, keyPosition: position,
        value: YAMLNode(.scalar(value, isQuoted: false), at: position))
    }
    let values = zip(PaperLadder.optionNames, [width, layers, heads])
    return YAMLNode(
      .mapping([entry("name", name)] + values.map { entry($0, "\($1)") }), at: position)
  }
}

extension ModelSize {
  /// Whether it is a row of the table, under the row's name.
  fileprivate func isShape(of row: PaperLadder.Row) -> Bool {
    guard case .shape(row.name, let options) = self else { return false }
    return zip(PaperLadder.optionNames, [row.width, row.layers, row.heads])
      .allSatisfy { options.integer($0) == $1 }
  }
}
