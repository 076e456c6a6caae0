import PluginBridges
import PluginSDK

/// An update of a self-test, made whole and in parts.
struct UpdateTrial {
  private let call: ForeignCall
  private let update: ForeignFunction.Update
  private let example: ForeignFunction.UpdateCase

  init(
    _ call: ForeignCall, _ update: ForeignFunction.Update, _ example: ForeignFunction.UpdateCase
  ) {
    self.call = call
    self.update = update
    self.example = example
  }

  /// Holds the function to what is expected of it, and to working element by element: alone, in the
  /// middle of many and again later an element must come to the same bits.
  ///
  /// - Throws: ``PluginError`` that names the tensor and the element.
  func run(tolerance: Double) throws(PluginError) {
    let count = example.gradient.count
    let whole = try new(of: Array(0..<count))
    for (name, (new, expected)) in zip(update.tensors, zip(whole, example.expected)) {
      for (place, (number, wanted)) in zip(new, expected).enumerated()
      where !(abs(Double(number) - Double(wanted)) <= tolerance) {
        throw PluginError(
          .internal,
          "'\(call.callable.symbol)' made element \(place) of '\(name)' \(number), and \(wanted) "
            + "within \(tolerance) was expected")
      }
    }
    for place in 0..<count { try check(of: [place], against: whole) }
    try check(of: (0..<Self.manyElements).map { $0 % count }, against: whole)
  }

  /// More than vectors and loops of compiled code take at once, and no whole number of them.
  private static let manyElements = 1003

  /// Makes the same update of other elements of the example, and compares.
  private func check(of places: [Int], against whole: [[Float]]) throws(PluginError) {
    for (name, (new, old)) in zip(update.tensors, zip(try new(of: places), whole)) {
      for (number, place) in zip(new, places) where number.bitPattern != old[place].bitPattern {
        throw PluginError(
          .internal,
          "'\(call.callable.symbol)' makes element \(place) of '\(name)' \(number) where there are "
            + "\(places.count) and \(old[place]) where there are \(old.count): an update must give "
            + "each element the same bits whatever stands beside it, and remember nothing")
      }
    }
  }

  /// What some elements of the example become.
  private func new(of places: [Int]) throws(PluginError) -> [[Float]] {
    let buffers = Buffers(example, places: places)
    try buffers.run(call, update, example)
    for (name, buffer) in zip(update.tensors, buffers.tensors) where buffer.isOverrun {
      throw call.overrun(of: name)
    }
    let gradients = buffers.gradient.numbers.map { Float($0) }
    guard !buffers.gradient.isOverrun, gradients == places.map({ example.gradient[$0] }) else {
      throw PluginError(
        .internal, "'\(call.callable.symbol)' wrote to 'gradient', which it may only read")
    }
    return buffers.tensors.map { $0.numbers.map { Float($0) } }
  }

  /// Elements of an example in memory, with zones behind them.
  @safe struct Buffers {
    let tensors: [NumberBuffer]
    let gradient: NumberBuffer
    private let count: Int

    init(_ example: ForeignFunction.UpdateCase, places: [Int]) {
      func buffer(_ elements: [Float]) -> NumberBuffer {
        NumberBuffer(places.map { Double(elements[$0]) }, as: .f32)
      }
      tensors = example.tensors.map(buffer)
      gradient = buffer(example.gradient)
      count = places.count
    }

    /// Updates the elements.
    func run(
      _ call: ForeignCall, _ update: ForeignFunction.Update, _ example: ForeignFunction.UpdateCase
    ) throws(PluginError) {
      defer { withExtendedLifetime((tensors, gradient)) {} }
      try unsafe call.update(
        tensors.map { unsafe $0.floats }, gradient: UnsafePointer(gradient.floats), count: count,
        UpdateScalars(
          learningRate: Float(example.learningRate), step: Float(example.step),
          decays: example.decays, options: update.values(of: example.options)),
        isConcurrent: update.concurrency == .concurrent)
    }
  }
}

extension NumberBuffer {
  /// The numbers of a buffer of float32.
  fileprivate var floats: UnsafeMutablePointer<Float> {
    unsafe address.assumingMemoryBound(to: Float.self)
  }
}

extension ForeignFunction.Update {
  /// The values of complete options, in the order of the manifest.
  func values(of complete: OptionValues) -> [OptionValue] {
    options.map { option in
      guard let value = complete[option.name] else {
        preconditionFailure("the option '\(option.name)' was not completed")
      }
      return value
    }
  }
}
