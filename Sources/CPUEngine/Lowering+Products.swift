import CPUKernels
import GraphLanguage
import Graphs

/// A factor of matrix products: where it is and how it is stored.
struct Factor {
  var operand: Operand
  var isTransposed: Bool
  /// Elements from stored row to stored row.
  var stride: Int
  /// The same factor as kernels read it, and how many columns that has, if it has been packed.
  var packed: (place: Operand, columns: Int)?

  /// The first element of a row and column as the product sees them.
  func address(_ frame: Frame, row: Int, column: Int) -> UnsafePointer<Float> {
    let offset = isTransposed ? column * stride + row : row * stride + column
    return UnsafePointer(frame.floats(operand) + offset)
  }
}

/// A second factor of products [depth, columns], stored as [columns, depth] if it is transposed, that
/// is copied so that kernels read it in order.
struct PackedFactor: Hashable {
  var operand: Operand
  var isTransposed: Bool
  var depth: Int
  var columns: Int

  /// Of the copy: whole panels.
  var packedColumns: Int {
    let panel = Int(cpu_product_panel)
    return (columns + panel - 1) / panel * panel
  }
}

extension Lowering {
  /// One product, or equal ones over leading axes.
  func productStep(_ left: Bool, _ right: Bool, _ node: Graph.Node) -> Step {
    var step = Step()
    let (x, transposeLeft) = factor(node.inputs[0], left)
    let (y, transposeRight) = factor(node.inputs[1], right)
    let a = read(x, in: &step)
    let b = read(y, in: &step)
    guard let c = write(node.results[0], in: &step) else { return step }
    let result = node.results[0].shape
    let axes = x.shape.rank
    let batches = result.extents.dropLast(2).reduce(1, *)
    let (m, n) = (result[axes - 2], result[axes - 1])
    let k = x.shape[transposeLeft ? axes - 2 : axes - 1]
    // A second factor that is not read where it is is packed once for all tiles, unless so few rows
    // read it that this would not pay.
    let needsPacking = kernels.table.pointee.packs(transposeRight, Int64(transposeRight ? k : n))
    let isPackedOnce = needsPacking && batches == 1 && m >= 64
    let factor = PackedFactor(operand: b, isTransposed: transposeRight, depth: k, columns: n)
    let packed =
      isPackedOnce ? (read(factor, for: node, in: &step), factor.packedColumns) : nil
    let packsRight = needsPacking && packed == nil
    let tiles = ProductTiles(
      m: m, n: n, k: k, transposesLeft: transposeLeft, packsRight: packsRight, threads: threads,
      together: batches
    ).tiles
    step.scratchCount = Int(cpu_product_scratch)
    let kernels = kernels
    step.phases.append(
      Phase(pieces: batches * tiles.count) { frame, piece, thread in
        let (batch, tile) = (piece / tiles.count, tiles[piece % tiles.count])
        kernels.multiply(
          Factor(
            operand: a.advanced(by: batch * m * k), isTransposed: transposeLeft,
            stride: transposeLeft ? m : k),
          Factor(
            operand: b.advanced(by: batch * k * n), isTransposed: transposeRight,
            stride: transposeRight ? k : n, packed: packed),
          into: c.advanced(by: batch * m * n), stride: n, rows: tile.rows, columns: tile.columns,
          terms: 0..<k, adding: false, frame, thread)
      })
    return step
  }

  /// Packs a factor, one stretch of terms after the other, in pieces whose rows are long enough to be
  /// read in order.
  func packStep(_ factor: PackedFactor, to packed: Operand, for node: Graph.Node) -> Step {
    let (depth, columns) = (factor.depth, factor.columns)
    let kernels = kernels
    var step = Step()
    step.timing = StepTiming(
      operations: ["packing"], shape: [depth, columns], section: node.section, cost: GraphCost())
    step.reads = [factor.operand.slot]
    step.writes = [packed.slot]
    let stretches = (depth + Int(cpu_product_depth) - 1) / Int(cpu_product_depth)
    let width = 256
    step.phases = [
      Phase(pieces: stretches * ((columns + width - 1) / width)) { frame, piece, _ in
        let term = piece % stretches * Int(cpu_product_depth)
        let terms = min(Int(cpu_product_depth), depth - term)
        let column = piece / stretches * width
        let stride = factor.isTransposed ? depth : columns
        let offset = factor.isTransposed ? column * stride + term : term * stride + column
        kernels.table.pointee.pack(
          factor.isTransposed, frame.floats(factor.operand) + offset, Int64(stride), Int64(terms),
          Int64(min(width, columns - column)),
          frame.floats(packed) + term * factor.packedColumns + column * terms)
      }
    ]
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
}

extension Kernels {
  /// Computes a tile of a product of two factors, over some of their terms.
  func multiply(
    _ a: Factor, _ b: Factor, into result: Operand, stride: Int, rows: Range<Int>,
    columns: Range<Int>, terms: Range<Int>, adding: Bool, _ frame: Frame, _ thread: Int
  ) {
    var product = cpu_product(
      transpose_a: a.isTransposed, transpose_b: b.isTransposed, add: adding,
      m: Int64(rows.count), n: Int64(columns.count), k: Int64(terms.count),
      a: a.address(frame, row: rows.lowerBound, column: terms.lowerBound),
      a_stride: Int64(a.stride),
      b: b.address(frame, row: terms.lowerBound, column: columns.lowerBound),
      b_stride: Int64(b.stride),
      packed_b: b.packed.map { UnsafePointer(frame.floats($0.place)) },
      packed_columns: Int64(b.packed?.columns ?? 0), packed_first: Int64(columns.lowerBound),
      c: frame.floats(result) + rows.lowerBound * stride + columns.lowerBound,
      c_stride: Int64(stride))
    table.pointee.product(&product, frame.scratch(thread))
  }
}
