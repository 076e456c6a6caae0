import CPUKernels

// m rows, n columns and k terms of a matrix product.

/// How a matrix product is cut into pieces for threads.
///
/// An element's bits do not depend on the piece that computes it, so pieces may follow the number of
/// threads.
struct ProductTiles {
  /// A part of the result, over all terms.
  struct Tile {
    var rows: Range<Int>
    var columns: Range<Int>
  }

  let tiles: [Tile]

  /// Cuts [m, n] into as many tiles as keep the threads busy at little cost.
  ///
  /// - Parameters:
  ///   - m: Rows.
  ///   - n: Columns.
  ///   - k: Terms.
  ///   - transposesLeft: Whether a tile packs its part of the first factor, too.
  ///   - threads: The threads that take pieces.
  ///   - together: Products that run in the same phase.
  init(m: Int, n: Int, k: Int, transposesLeft: Bool, threads: Int, together: Int = 1) {
    let isSmall = m * n * k < 1 << 18
    let most = threads == 1 || isSmall || together >= 4 * threads ? 1 : 4 * threads
    var best = Grid(m: m, n: n, rows: 1, columns: 1)
    for pieces in [most, most / 2, most / 4] where pieces > 1 && best.count == 1 {
      let grids = (1...pieces).filter(pieces.isMultiple(of:)).map { rows in
        Grid(m: m, n: n, rows: rows, columns: pieces / rows)
      }
      let isLast = pieces == most / 4
      let cheapest = grids.min {
        $0.packing(transposesLeft: transposesLeft) < $1.packing(transposesLeft: transposesLeft)
      }
      if let cheapest, isLast || cheapest.packing(transposesLeft: transposesLeft) < 0.03 {
        best = cheapest
      }
    }
    tiles = best.tiles
  }
}

/// Tiles of equal size, in whole tiles of the kernels.
private struct Grid {
  let m: Int
  let n: Int
  let height: Int
  let width: Int

  init(m: Int, n: Int, rows: Int, columns: Int) {
    self.m = m
    self.n = n
    height = rows == 1 ? m : Self.rounded((m + rows - 1) / rows, to: 6)
    width = columns == 1 ? n : Self.rounded((n + columns - 1) / columns, to: 64)
  }

  var count: Int { ((m + height - 1) / height) * ((n + width - 1) / width) }

  /// About what part of the work goes into packing: for an element of the second factor half a
  /// cycle, for one of the first a sixth, against 16 terms a cycle.
  func packing(transposesLeft: Bool) -> Double {
    8 / Double(min(m, height)) + (transposesLeft ? 2.5 / Double(min(n, width)) : 0)
  }

  var tiles: [ProductTiles.Tile] {
    stride(from: 0, to: m, by: height).flatMap { row in
      stride(from: 0, to: n, by: width).map { column in
        ProductTiles.Tile(
          rows: row..<min(m, row + height), columns: column..<min(n, column + width))
      }
    }
  }

  private static func rounded(_ size: Int, to unit: Int) -> Int { (size + unit - 1) / unit * unit }
}
