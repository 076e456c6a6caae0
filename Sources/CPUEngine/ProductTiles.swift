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

  /// Cuts [m, n] into tiles that keep the threads busy: several for each, so that one that is held
  /// up leaves its share to the others.
  ///
  /// - Parameters:
  ///   - m: Rows.
  ///   - n: Columns.
  ///   - k: Terms.
  ///   - transposesLeft: Whether a tile packs its part of the first factor.
  ///   - packsRight: Whether a tile packs its part of the second.
  ///   - threads: The threads that take pieces.
  ///   - together: Products that run in the same phase.
  init(
    m: Int, n: Int, k: Int, transposesLeft: Bool, packsRight: Bool, threads: Int, together: Int = 1
  ) {
    func grid(_ rows: Int, _ columns: Int) -> Grid {
      Grid(m: m, n: n, rows: rows, columns: columns, transposesLeft, packsRight)
    }
    let isSmall = m * n * k < 1 << 18
    guard threads > 1, !isSmall, together < 4 * threads else {
      tiles = grid(1, 1).tiles
      return
    }
    let grids = [1, 2, 4, 8].map { $0 * threads }.flatMap { pieces in
      (1...pieces).filter(pieces.isMultiple(of:)).map { rows in grid(rows, pieces / rows) }
    }
    let best = grids.min { $0.cost(threads: threads) < $1.cost(threads: threads) }
    tiles = (best ?? grid(1, 1)).tiles
  }
}

/// Tiles of about equal size, in whole tiles of the kernels.
private struct Grid {
  let tiles: [ProductTiles.Tile]
  /// About what part of the work goes into packing and fetching: for an element of the second factor
  /// half a cycle, or an eighth if it is not packed, for one of the first three quarters, against 16
  /// terms a cycle.
  private let packing: Double

  init(m: Int, n: Int, rows: Int, columns: Int, _ transposesLeft: Bool, _ packsRight: Bool) {
    let heights = Self.parts(of: m, count: rows, unit: Int(cpu_product_rows))
    let widths = Self.parts(of: n, count: columns, unit: Int(cpu_product_panel))
    tiles = heights.flatMap { rows in
      widths.map { ProductTiles.Tile(rows: rows, columns: $0) }
    }
    packing =
      (packsRight ? 8 : 2) * Double(heights.count) / Double(m)
      + (transposesLeft ? 12 * Double(widths.count) / Double(n) : 0)
  }

  /// The time of all threads together in parts of what the arithmetic takes, if each takes the next
  /// tile when it is free; fewer tiles cost more, since one may be held up.
  func cost(threads: Int) -> Double {
    var loads = Array(repeating: 0, count: threads)
    for tile in tiles {
      let free = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[free] += tile.rows.count * tile.columns.count
    }
    let total = loads.reduce(0, +)
    let longest = (loads.max() ?? total) * threads
    return (1 + packing) * Double(longest) / Double(total)
      + 0.03 * Double(threads) / Double(tiles.count)
  }

  private static func parts(of extent: Int, count: Int, unit: Int) -> [Range<Int>] {
    let units = (extent + unit - 1) / unit
    let parts = min(count, units)
    return (0..<parts).map { part in
      (units * part / parts * unit)..<min(extent, units * (part + 1) / parts * unit)
    }
  }
}
