import CFFI
import PluginBridges
import PluginSDK
import Synchronization

/// The numbers that all elements of an update have in common.
struct UpdateScalars: Hashable, Sendable {
  var learningRate: Float
  /// 1 in the first update.
  var step: Float
  var decays: Bool
  /// In the order of the manifest.
  var options: [OptionValue]
}

extension ForeignCall {
  /// Replaces some consecutive elements of a parameter and its states.
  ///
  /// - Parameters:
  ///   - tensors: The parameter, then its states.
  ///   - gradient: The gradients of these elements.
  ///   - count: The number of elements.
  ///   - scalars: What the elements have in common.
  ///   - isConcurrent: Whether other calls may run meanwhile.
  /// - Throws: ``PluginError`` if its status says that it failed, or it wrote past an end.
  func update(
    _ tensors: [UnsafeMutablePointer<Float>], gradient: UnsafePointer<Float>, count: Int,
    _ scalars: UpdateScalars, isConcurrent: Bool
  ) throws(PluginError) {
    if isConcurrent {
      try unsafe updated(tensors, gradient, count, scalars)
    } else {
      try Self.lock.withLock { _ throws(PluginError) in
        try unsafe updated(tensors, gradient, count, scalars)
      }
    }
  }

  private func updated(
    _ tensors: [UnsafeMutablePointer<Float>], _ gradient: UnsafePointer<Float>, _ count: Int,
    _ scalars: UpdateScalars
  ) throws(PluginError) {
    // New elements go where the old ones are only when the function is done with these.
    var new: [(tensor: Int, buffer: NumberBuffer)] = []
    var slots: [UInt64] = []
    for argument in callable.arguments {
      switch argument.role {
      case .tensor(let index): slots.append(UInt64(UInt(bitPattern: unsafe tensors[index])))
      case .newTensor(let index):
        let buffer = NumberBuffer(count: count, of: .f32)
        new.append((index, buffer))
        slots.append(UInt64(UInt(bitPattern: unsafe buffer.address)))
      case .gradient: slots.append(UInt64(UInt(bitPattern: gradient)))
      case .count: slots.append(UInt64(count))
      case .learningRate: slots.append(argument.number.slot(Double(scalars.learningRate)))
      case .step: slots.append(argument.number.slot(Double(scalars.step)))
      case .decays: slots.append(scalars.decays ? 1 : 0)
      case .option(let index): slots.append(argument.number.slot(scalars.options[index]))
      case .variable, .parameter, .parameters, .parameterCount, .progress, .results, .gradients:
        preconditionFailure("a function of points is no update")
      }
    }
    try checkStatus(called(with: &slots))
    for (tensor, buffer) in new {
      if buffer.isOverrun {
        throw overrun(of: "the new elements of tensor \(tensor)")
      }
      unsafe tensors[tensor].update(
        from: buffer.address.assumingMemoryBound(to: Float.self), count: count)
    }
  }

  /// Calls the function with arguments of this call alone, and gives what it returned.
  private func called(with slots: inout [UInt64]) -> UInt64 {
    // libffi writes a whole register, and on some platforms two.
    var result: (UInt64, UInt64) = (0, 0)
    unsafe slots.withUnsafeMutableBufferPointer { slots in
      let base = slots.baseAddress
      var addresses = unsafe slots.indices.map { place in
        unsafe UnsafeMutableRawPointer(base.map { unsafe $0 + place })
      }
      unsafe cffi_call(call, function, &result, &addresses)
    }
    return result.0
  }
}

extension ForeignNumber {
  /// A number as an argument holds it.
  fileprivate func slot(_ value: Double) -> UInt64 {
    switch self {
    case .f64: value.bitPattern
    case .f32: UInt64(Float(value).bitPattern)
    case .i32, .i64: UInt64(bitPattern: Int64(exactly: value.rounded()) ?? 0)
    }
  }

  /// An option as an argument holds it.
  fileprivate func slot(_ value: OptionValue) -> UInt64 {
    switch value {
    case .boolean(let flag): flag ? 1 : 0
    case .integer(let number): UInt64(bitPattern: Int64(number))
    case .real(let number): slot(number)
    case .text, .shares: preconditionFailure("no option of an update is a text")
    }
  }
}
