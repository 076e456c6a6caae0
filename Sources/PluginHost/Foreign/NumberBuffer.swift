import PluginBridges
import PluginSDK

/// Numbers in memory that a foreign function reads or writes, with a zone after them that nobody may
/// write to.
@safe final class NumberBuffer {
  let address: UnsafeMutableRawPointer
  private let count: Int
  private let number: ForeignNumber
  private let byteCount: Int

  private static let zone = 64
  private static let mark: UInt8 = 0xA5

  /// Makes room for some numbers, each not a number yet.
  init(count: Int, of number: ForeignNumber) {
    precondition(number.isReal, "only real numbers go through pointers")
    self.count = count
    self.number = number
    byteCount = count * (number == .f64 ? 8 : 4)
    unsafe address = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount + Self.zone, alignment: 64)
    unsafe address.advanced(by: byteCount)
      .initializeMemory(as: UInt8.self, repeating: Self.mark, count: Self.zone)
    clear()
  }

  convenience init(_ numbers: [Double], as number: ForeignNumber) {
    self.init(count: numbers.count, of: number)
    for (index, value) in numbers.enumerated() { set(index, value) }
  }

  deinit { unsafe address.deallocate() }

  /// Fills it with what is not a number, so that one that is left out is seen.
  func clear() {
    if number == .f64 {
      unsafe address.initializeMemory(as: Double.self, repeating: .nan, count: count)
    } else {
      unsafe address.initializeMemory(as: Float.self, repeating: .nan, count: count)
    }
  }

  subscript(index: Int) -> Double {
    precondition((0..<count).contains(index), "number \(index) of \(count)")
    return number == .f64
      ? unsafe address.load(fromByteOffset: index * 8, as: Double.self)
      : Double(unsafe address.load(fromByteOffset: index * 4, as: Float.self))
  }

  /// All numbers in their order.
  var numbers: [Double] { (0..<count).map { self[$0] } }

  /// Whether somebody wrote behind the last number.
  var isOverrun: Bool {
    (byteCount..<byteCount + Self.zone)
      .contains { unsafe address.load(fromByteOffset: $0, as: UInt8.self) != Self.mark }
  }

  private func set(_ index: Int, _ value: Double) {
    if number == .f64 {
      unsafe address.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
    } else {
      unsafe address.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
    }
  }
}
