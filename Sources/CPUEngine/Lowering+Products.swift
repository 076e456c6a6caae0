import CPUKernels
import GraphLanguage
import Graphs

/// The sizes of a matrix product and how its factors are stored.
private struct ProductSizes {
  var batches: Int
  var m: Int
  var n: Int
  var k: Int
  var transposeLeft: Bool
  var transposeRight: Bool
}

/// A part of a result [m, n] that one call computes, over the whole of k.
private struct Tile {
  var rows: Range<Int>
  var columns: Range<Int>
}

extension Lowering {
  func productStep(_ left: Bool, _ right: Bool, _ node: Graph.Node) -> Step {
    var step = Step()
    let (x, transposeLeft) = factor(node.inputs[0], left)
    let (y, transposeRight) = factor(node.inputs[1], right)
    let a = read(x, in: &step)
    let b = read(y, in: &step)
    guard let c = write(node.results[0], in: &step) else { return step }
    let result = node.results[0].shape
    let axes = x.shape.rank
    let sizes = ProductSizes(
      batches: result.extents.dropLast(2).reduce(1, *), m: result[axes - 2], n: result[axes - 1],
      k: x.shape[transposeLeft ? axes - 2 : axes - 1], transposeLeft: transposeLeft,
      transposeRight: transposeRight)
    let tiles = Self.tiles(sizes, pieces: options.shards)
    step.phases.append(
      Phase(pieces: sizes.batches * tiles.count) { frame, piece, _ in
        let batch = piece / tiles.count
        Self.run(
          tiles[piece % tiles.count], sizes, frame.floats(a) + batch * sizes.m * sizes.k,
          frame.floats(b) + batch * sizes.k * sizes.n,
          frame.floats(c) + batch * sizes.m * sizes.n)
      })
    return step
  }

  /// A factor, seen through a transpose of its last two axes.
  private func factor(_ value: Value, _ transposed: Bool) -> (Value, Bool) {
    let node = graph.producer(of: value)
    guard case .language(.transpose(let axes)) = node.operation else { return (value, transposed) }
    var swapped = Array(axes.indices)
    swapped.swapAt(axes.count - 1, axes.count - 2)
    return axes == swapped ? (node.inputs[0], !transposed) : (value, transposed)
  }

  /// Cuts a result into at most as many tiles as asked for, as square as they come.
  ///
  /// BLAS copies both factors' parts for each tile, which costs as much as
  /// `height * width / (height + width)` is small; a result that is cut too fine is cut less.
  private static func tiles(_ sizes: ProductSizes, pieces: Int) -> [Tile] {
    var wanted = sizes.batches >= pieces ? 1 : pieces
    var best = bestTile(sizes, pieces: wanted)
    while wanted > 1, best.height * best.width < 64 * (best.height + best.width) {
      wanted -= 1
      best = bestTile(sizes, pieces: wanted)
    }
    var tiles: [Tile] = []
    for row in stride(from: 0, to: sizes.m, by: best.height) {
      for column in stride(from: 0, to: sizes.n, by: best.width) {
        tiles.append(
          Tile(
            rows: row..<min(sizes.m, row + best.height),
            columns: column..<min(sizes.n, column + best.width)))
      }
    }
    return tiles
  }

  /// Of all grids of a number of tiles the one whose tiles are most nearly square.
  private static func bestTile(
    _ sizes: ProductSizes, pieces: Int
  ) -> (height: Int, width: Int) {
    var best = (height: blockSize(sizes.m, pieces), width: sizes.n)
    for rows in 1..<pieces where pieces.isMultiple(of: rows) {
      let (height, width) = (blockSize(sizes.m, rows), blockSize(sizes.n, pieces / rows))
      if height + width < best.height + best.width { best = (height, width) }
    }
    return best
  }

  /// The size of equal blocks, in whole vectors.
  private static func blockSize(_ extent: Int, _ blocks: Int) -> Int {
    let size = (extent + blocks - 1) / blocks
    return (size + 15) / 16 * 16
  }

  private static func run(
    _ tile: Tile, _ sizes: ProductSizes, _ a: UnsafeMutablePointer<Float>,
    _ b: UnsafeMutablePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    let (row, column) = (tile.rows.lowerBound, tile.columns.lowerBound)
    cpu_product(
      sizes.transposeLeft, sizes.transposeRight, Int64(tile.rows.count),
      Int64(tile.columns.count), Int64(sizes.k), 1,
      a + (sizes.transposeLeft ? row : row * sizes.k),
      Int64(sizes.transposeLeft ? sizes.m : sizes.k),
      b + (sizes.transposeRight ? column * sizes.k : column),
      Int64(sizes.transposeRight ? sizes.k : sizes.n), 0, c + row * sizes.n + column,
      Int64(sizes.n))
  }
}
