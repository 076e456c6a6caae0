/// The extents that fix a transformer's size, and how to choose them for a number of parameters.
public struct TransformerShape: Hashable, Sendable {
  /// The width of the residual stream.
  public var width: Int
  /// The number of layers.
  public var layers: Int
  /// The attention heads of a layer.
  public var heads: Int

  /// Creates a shape.
  public init(width: Int, layers: Int, heads: Int) {
    self.width = width
    self.layers = layers
    self.heads = heads
  }

  /// The extents that a pipeline fixes; nil where the choice is free.
  public struct Fixed: Hashable, Sendable {
    /// The width, if it is fixed.
    public var width: Int?
    /// The number of layers, if it is fixed.
    public var layers: Int?
    /// The heads of a layer, if they are fixed.
    public var heads: Int?

    /// Creates a set of fixed extents.
    public init(width: Int?, layers: Int?, heads: Int?) {
      self.width = width
      self.layers = layers
      self.heads = heads
    }
  }

  /// Chooses the shape whose parameters come nearest to a target.
  ///
  /// Free widths are multiples of 8, heads are 16 to 128 wide, and the depth lies within a factor of
  /// two of √width / 2, which is 8 layers at width 256, 16 at 1024 and 32 at 4096. Among shapes about
  /// as near, rounder widths and depths closer to that middle win. Where the target lies outside
  /// what these rules reach, the nearest end is the answer.
  ///
  /// - Parameters:
  ///   - target: The number of parameters to come near to.
  ///   - fixed: What is not free.
  ///   - isAllowed: Whether an architecture can have this shape.
  ///   - count: The number of parameters of a shape, which grows evenly with `layers`.
  /// - Returns: The shape, or nil if `fixed` and `isAllowed` leave none.
  /// - Complexity: O(number of widths), about 1,000.
  public static func nearest(
    to target: Int, fixed: Fixed, isAllowed: (TransformerShape) -> Bool,
    count: (TransformerShape) -> Int
  ) -> TransformerShape? {
    var best: (shape: TransformerShape, cost: Double)?
    for width in fixed.width.map({ [$0] }) ?? freeWidths {
      guard let heads = fixed.heads ?? freeHeads(width: width, isAllowed: isAllowed) else {
        continue
      }
      if fixed.width == nil, !isUsable(width: width, heads: heads) { continue }
      let one = count(TransformerShape(width: width, layers: 1, heads: heads))
      let layer = count(TransformerShape(width: width, layers: 2, heads: heads)) - one
      let fitting = 1 + Int((Double(target - one) / Double(max(1, layer))).rounded())
      let shape = TransformerShape(
        width: width, layers: fixed.layers ?? clamped(fitting, width: width), heads: heads)
      guard isAllowed(shape) else { continue }
      let cost =
        abs(Double(count(shape) - target)) / Double(max(1, target)) + shape.unevenness
      if cost < best?.cost ?? .infinity { best = (shape, cost) }
    }
    return best?.shape
  }

  private static let freeWidths =
    Array(stride(from: 16, through: 1024, by: 8))
    + Array(stride(from: 1088, through: 32768, by: 64))

  /// The depth that a width goes with: 32 layers at width 4096, as in models of 7 billion.
  private static func middleDepth(width: Int) -> Double { Double(width).squareRoot() / 2 }

  private static func clamped(_ layers: Int, width: Int) -> Int {
    let middle = middleDepth(width: width)
    return min(max(layers, 1, Int(middle / 2)), max(1, Int((2 * middle).rounded(.up))))
  }

  private static func isUsable(width: Int, heads: Int) -> Bool {
    width.isMultiple(of: heads) && (width / heads).isMultiple(of: 2)
      && (16...128).contains(width / heads)
  }

  /// The number of heads that makes their width nearest to what models of this width have.
  private static func freeHeads(
    width: Int, isAllowed: (TransformerShape) -> Bool
  ) -> Int? {
    let usual: Double =
      switch width {
      case ...64: 16
      case ...192: 32
      case ...1024: 64
      default: 128
      }
    func distance(_ heads: Int) -> Double {
      abs((Double(width / heads) / usual).logarithm2)
    }
    return stride(from: 128, through: 16, by: -2)
      .filter { width.isMultiple(of: $0) }
      .map { width / $0 }
      .filter { isAllowed(TransformerShape(width: width, layers: 1, heads: $0)) }
      .min { distance($0) < distance($1) }
  }

  /// What a shape's oddity may cost in relative distance from the target; 0 for the best.
  private var unevenness: Double {
    let depth = abs((Double(layers) / Self.middleDepth(width: width)).logarithm2)
    let grain = width >= 512 ? 64 : 16
    let headWidth = width / heads
    return 0.01 * depth + (width.isMultiple(of: grain) ? 0 : 0.01)
      + (headWidth & (headWidth - 1) == 0 ? 0 : 0.005)
  }
}

extension Double {
  /// The logarithm to base 2 of a positive number, exact at powers of two and linear in between.
  fileprivate var logarithm2: Double { Double(exponent) + significand - 1 }
}
