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
    let whole = Grid(m: m, n: n, rows: 1, columns: 1, transposesLeft, packsRight)
    let isSmall = m * n * k < 1 << 18
    guard threads > 1, !isSmall, together < 4 * threads else {
      tiles = whole.tiles
      return
    }
    for wanted in [8, 4, 2, 1].map({ $0 * threads }) {
      let grids = (1...wanted).filter(wanted.isMultiple(of:)).map { rows in
        Grid(m: m, n: n, rows: rows, columns: wanted / rows, transposesLeft, packsRight)
      }
      guard let cheapest = grids.min(by: { $0.packing < $1.packing }) else { continue }
      if cheapest.packing < 0.03 || wanted == threads {
        tiles = cheapest.tiles
        return
      }
    }
    tiles = whole.tiles
  }
}

/// Tiles of equal size, in whole tiles of the kernels.
private struct Grid {
  let m: Int
  let n: Int
  let height: Int
  let width: Int
  /// About what part of the work goes into packing: for an element of the second factor half a
  /// cycle, for one of the first a sixth, against 16 terms a cycle.
  let packing: Double

  init(m: Int, n: Int, rows: Int, columns: Int, _ transposesLeft: Bool, _ packsRight: Bool) {
    self.m = m
    self.n = n
    let rowUnit = transposesLeft ? Int(cpu_product_block) : 6
    height = min(m, Self.rounded((m + rows - 1) / rows, to: rowUnit))
    width = min(n, Self.rounded((n + columns - 1) / columns, to: Int(cpu_product_panel)))
    packing = (packsRight ? 8 / Double(height) : 0) + (transposesLeft ? 2.5 / Double(width) : 0)
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
