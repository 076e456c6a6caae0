import CFFI
import PluginBridges
import PluginSDK
import Synchronization

/// A foreign function whose call is prepared once, then made for one point or many.
///
/// Foreign functions are called one at a time in the whole process, unless a manifest allows more: what
/// their libraries keep between calls is nobody's business here. libffi 3.4 sorts the arguments into registers anew in every call,
/// which took 30 to 50 ns for one argument and 70 to 80 ns for three on an AMD EPYC. A function over
/// many points pays that once, one over single points for each of them.
@safe final class ForeignCall: @unchecked Sendable {
  // Sendable: what changes is touched inside `lock` alone; the others are made once and only read.
  static let lock = Mutex<Void>(())

  let callable: ForeignCallable
  let function: UnsafeMutableRawPointer
  let call: UnsafeMutablePointer<ffi_cif>
  private let types: UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>
  /// What each argument is: a number or a pointer.
  private let slots: UnsafeMutablePointer<UInt64>
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let result: UnsafeMutablePointer<UInt64>

  /// What a call gives.
  struct Output {
    /// One for each point; empty if the function gives derivatives alone.
    var results: [Double]
    /// Point after point; empty if the function gives none.
    var gradients: [Double]
  }

  /// Prepares calls of the function at an address; nil if libffi cannot.
  init?(_ callable: ForeignCallable, at function: UnsafeMutableRawPointer) {
    let count = callable.arguments.count
    self.callable = callable
    unsafe self.function = unsafe function
    unsafe call = .allocate(capacity: 1)
    unsafe call.initialize(to: ffi_cif())
    unsafe types = .allocate(capacity: count)
    unsafe slots = .allocate(capacity: count)
    unsafe slots.initialize(repeating: 0, count: count)
    unsafe addresses = .allocate(capacity: count)
    unsafe result = .allocate(capacity: 2)
    unsafe result.initialize(repeating: 0, count: 2)
    for (index, argument) in callable.arguments.enumerated() {
      let type =
        argument.passing == .value ? unsafe Self.type(of: argument.number) : unsafe cffi_pointer()
      unsafe types.advanced(by: index).initialize(to: type)
      unsafe addresses.advanced(by: index).initialize(to: UnsafeMutableRawPointer(slots + index))
    }
    let isPrepared = unsafe cffi_prepare(
      call, UInt32(count), callable.result.map { unsafe Self.type(of: $0) } ?? cffi_void(), types)
    guard isPrepared != 0 else { return nil }
  }

  deinit {
    unsafe call.deallocate()
    unsafe types.deallocate()
    unsafe slots.deallocate()
    unsafe addresses.deallocate()
    unsafe result.deallocate()
  }

  /// Calls the function for some points: once, or once for each.
  ///
  /// - Parameters:
  ///   - columns: The variables, or progress alone: for each its value at all points.
  ///   - theta: The parameters of a law.
  /// - Returns: What it gave for all points.
  /// - Throws: ``PluginError`` if its status says that it failed, or it wrote past an end.
  func run(_ columns: [[Double]], theta: [Double] = []) throws(PluginError) -> Output {
    try Self.lock.withLock { _ throws(PluginError) in try locked(columns, theta) }
  }

  private func locked(_ columns: [[Double]], _ theta: [Double]) throws(PluginError) -> Output {
    let count = columns.first?.count ?? 0
    guard count > 0 else { return Output(results: [], gradients: []) }
    let pointsInCall = callable.isBatch ? count : 1
    var buffers: [NumberBuffer] = []
    var results: NumberBuffer?
    var gradients: NumberBuffer?
    func point(_ index: Int, at buffer: NumberBuffer) {
      unsafe slots[index] = UInt64(UInt(bitPattern: buffer.address))
      buffers.append(buffer)
    }
    for (index, argument) in callable.arguments.enumerated() {
      switch argument.role {
      case .variable, .progress:
        guard callable.isBatch else { continue }
        point(index, at: NumberBuffer(columns[argument.column], as: argument.number))
      case .parameter(let place): set(index, argument.number, theta[place])
      case .parameters: point(index, at: NumberBuffer(theta, as: argument.number))
      case .parameterCount: unsafe slots[index] = UInt64(theta.count)
      case .count: unsafe slots[index] = UInt64(count)
      case .results:
        let buffer = NumberBuffer(count: pointsInCall, of: argument.number)
        results = buffer
        point(index, at: buffer)
      case .gradients:
        let buffer = NumberBuffer(count: pointsInCall * theta.count, of: argument.number)
        gradients = buffer
        point(index, at: buffer)
      case .gradient, .tensor, .newTensor, .learningRate, .step, .decays, .option:
        preconditionFailure("an update is no function of points")
      }
    }
    defer { withExtendedLifetime(buffers) {} }
    var output = Output(results: [], gradients: [])
    for first in stride(from: 0, to: count, by: pointsInCall) {
      if !callable.isBatch { setPoint(columns, first) }
      results?.clear()
      gradients?.clear()
      unsafe cffi_call(call, function, result, addresses)
      try check(results, gradients)
      if let results { output.results += results.numbers }
      if let gradients { output.gradients += gradients.numbers }
      if results == nil, let number = returned() { output.results.append(number) }
    }
    return output
  }

  private func setPoint(_ columns: [[Double]], _ place: Int) {
    for (index, argument) in callable.arguments.enumerated() {
      switch argument.role {
      case .variable, .progress: set(index, argument.number, columns[argument.column][place])
      default: break
      }
    }
  }

  private func set(_ index: Int, _ number: ForeignNumber, _ value: Double) {
    unsafe slots[index] = number == .f32 ? UInt64(Float(value).bitPattern) : value.bitPattern
  }

  /// The real number that the function returned; nil if it returns none.
  private func returned() -> Double? {
    switch callable.result {
    case .f64: Double(bitPattern: unsafe result[0])
    case .f32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: unsafe result[0])))
    default: nil
    }
  }

  private func check(
    _ results: NumberBuffer?, _ gradients: NumberBuffer?
  ) throws(PluginError) {
    try checkStatus(unsafe result[0])
    for (name, buffer) in [("results", results), ("gradients", gradients)]
    where buffer?.isOverrun ?? false { throw overrun(of: name) }
  }

  /// Looks at what the function returned, if that is a status.
  func checkStatus(_ returned: UInt64) throws(PluginError) {
    guard let result = callable.result, !result.isReal else { return }
    // libffi widens what is narrower than a register.
    let status = Int64(bitPattern: returned)
    guard status == 0 else {
      throw PluginError(
        .internal, "'\(callable.symbol)' returned the status \(status); 0 is success")
    }
  }

  /// What to say where the function wrote behind a buffer.
  func overrun(of name: String) -> PluginError {
    PluginError(
      .internal,
      "'\(callable.symbol)' wrote past the end of '\(name)': its declaration in the manifest and "
        + "its code do not agree on the length or the type of numbers")
  }

  private static func type(of number: ForeignNumber) -> UnsafeMutablePointer<ffi_type> {
    switch number {
    case .f64: unsafe cffi_double()
    case .f32: unsafe cffi_float()
    case .i32: unsafe cffi_sint32()
    case .i64: unsafe cffi_sint64()
    }
  }
}

extension ForeignCallable.Argument {
  /// Which of the columns it reads.
  fileprivate var column: Int {
    if case .variable(let index) = role { index } else { 0 }
  }
}
