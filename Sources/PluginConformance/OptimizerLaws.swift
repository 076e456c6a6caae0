import GraphLanguage
import Graphs
import PluginSDK

/// What every optimizer promises.
extension PluginLaw {
  static let statesKeepShape: PluginLaw = law(
    .optimizer, "states",
    "The states declared are the states returned, each named once, in order and shape."
  ) { subject in
    let optimizer = try subject.optimizer()
    var counts: [Int] = []
    for info in try subject.parameters(of: optimizer) {
      let described = try DescribedUpdate(optimizer, of: info)
      let names = described.states.map(\.name)
      try require(
        Set(names).count == names.count && !names.contains(""),
        "the states of '\(info.name)' are called \(names): an empty or repeated name")
      try require(
        described.states.allSatisfy { $0.initialValue.isFinite },
        "a state of '\(info.name)' starts as a number that is not finite")
      try require(
        try optimizer.states(for: info) == described.states,
        "asked twice, it declares different states for '\(info.name)' \(info.shape)")
      counts.append(names.count)
    }
    return .kept("\(counts.count) parameters, \(counts.reduce(0, +)) states")
  }

  static let updatesThePure: PluginLaw = law(
    .optimizer, "pure",
    "The update depends on nothing but what it is given: the same again, bit for bit."
  ) { subject in
    let (options, optimizer) = try subject.made { options throws(PluginError) in
      try subject.factory.make(options: options)
    }
    var random = subject.random("pure")
    let parameters = try subject.parameters(of: optimizer)
    for info in parameters {
      let described = try DescribedUpdate(optimizer, of: info)
      let again = try DescribedUpdate(optimizer, of: info)
      try described.graph.requireSame(as: again.graph, "described again for '\(info.name)'")
      let other = try DescribedUpdate(subject.factory.make(options: options), of: info)
      try described.graph.requireSame(
        as: other.graph, "described by another instance for '\(info.name)'")
      let runner = try described.runner(on: subject.settings.engine)
      let start = described.fresh(random.floats(info.shape))
      let gradient = random.floats(info.shape)
      let first = try runner.run(start, gradient: gradient, step: 1, rate: 0.01)
      _ = try runner.run(first, gradient: random.floats(info.shape), step: 2, rate: 0.5)
      let second = try runner.run(start, gradient: gradient, step: 1, rate: 0.01)
      try require(
        first.bits == second.bits, "the same update of '\(info.name)' gave other bits later")
    }
    return .kept("\(parameters.count) parameters, the same graphs and bits")
  }

  /// Rates differ by orders of magnitude between optimizers, so one that works is enough.
  static let descends: PluginLaw = law(
    .optimizer, "descends",
    "At one of some learning rates, 300 updates halve a quadratic and end below its start."
  ) { subject in
    let optimizer = try subject.optimizer()
    var random = subject.random("quadratic")
    var seen: [String] = []
    for info in try subject.parameters(of: optimizer) where !info.decays {
      let described = try DescribedUpdate(optimizer, of: info)
      let runner = try described.runner(on: subject.settings.engine)
      let quadratic = Quadratic(info.shape, random: &random)
      let start = random.floats(info.shape)
      let before = quadratic.value(start)
      var best = (value: Double.infinity, rate: Float(0))
      for rate: Float in [1, 0.1, 0.01, 0.001] {
        var content = described.fresh(start)
        for step in 1...300 {
          content = try runner.run(
            content, gradient: quadratic.gradient(content.parameter), step: step, rate: rate)
        }
        let after = quadratic.value(content.parameter)
        if after < best.value { best = (after, rate) }
      }
      try require(
        best.value < 0.5 * before,
        "from \(before) the quadratic over '\(info.name)' \(info.shape) came to \(best.value) at "
          + "best, at the rate \(best.rate)")
      seen.append("\(info.shape) to \(best.value / before)")
    }
    return .kept(seen.joined(separator: ", ") + " of the start")
  }

  static let continuesFromState: PluginLaw = law(
    .optimizer, "continues",
    "From a parameter and its states, saved and read back, another instance goes on to the same bits."
  ) { subject in
    let (options, optimizer) = try subject.made { options throws(PluginError) in
      try subject.factory.make(options: options)
    }
    var random = subject.random("continue")
    let parameters = try subject.parameters(of: optimizer)
    for info in parameters {
      let gradients = (0..<8).map { _ in random.floats(info.shape) }
      let described = try DescribedUpdate(optimizer, of: info)
      let runner = try described.runner(on: subject.settings.engine)
      var content = described.fresh(random.floats(info.shape))
      var saved = content
      for (place, gradient) in gradients.enumerated() {
        if place == 4 { saved = content }
        content = try runner.run(content, gradient: gradient, step: place + 1, rate: 0.01)
      }
      let other = try DescribedUpdate(subject.factory.make(options: options), of: info)
      try require(
        other.states == described.states,
        "another instance declares other states for '\(info.name)'")
      let resumed = try other.runner(on: subject.settings.engine)
      for place in 4..<8 {
        saved = try resumed.run(saved, gradient: gradients[place], step: place + 1, rate: 0.01)
      }
      try require(
        saved.bits == content.bits,
        "'\(info.name)' \(info.shape) went on from update 4 to other bits than without a break: "
          + "something is remembered outside the declared states")
    }
    return .kept("\(parameters.count) parameters, 4 updates after a break of 8")
  }

  /// Where decay acts, a parameter may shrink; so only parameters without decay are held to this.
  ///
  /// An update that recombines equal numbers may round, so a millionth is allowed.
  static let restsWithoutCause: PluginLaw = law(
    .optimizer, "rests",
    "Without decay, a fresh parameter stays where its gradient or the learning rate is 0."
  ) { subject in
    let optimizer = try subject.optimizer()
    var random = subject.random("rest")
    var count = 0
    for info in try subject.parameters(of: optimizer) where !info.decays {
      let described = try DescribedUpdate(optimizer, of: info)
      let runner = try described.runner(on: subject.settings.engine)
      let start = random.floats(info.shape)
      let zeros = [Float](repeating: 0, count: start.count)
      for (gradient, rate, what) in [
        (zeros, Float(0.1), "gradient"), (random.floats(info.shape), Float(0), "learning rate"),
      ] {
        var content = described.fresh(start)
        for step in 1...3 {
          content = try runner.run(content, gradient: gradient, step: step, rate: rate)
        }
        for (old, new) in zip(start, content.parameter) where !(abs(new - old) <= 1e-6 * abs(old)) {
          throw Breach(
            "with a \(what) of 0, '\(info.name)' \(info.shape) went from \(old) to \(new) in 3 "
              + "updates")
        }
        count += 1
      }
    }
    return .kept("\(count) cases, nothing moved")
  }

  /// Up to 1e12, since float32 ends at 3e38 and an optimizer may add up squares of gradients.
  static let staysFinite: PluginLaw = law(
    .optimizer, "finite",
    "Finite gradients of any size, from 0 over 1e-38 to 1e12, never give infinity or NaN."
  ) { subject in
    let optimizer = try subject.optimizer()
    var random = subject.random("finite")
    var count = 0
    for info in try subject.parameters(of: optimizer) {
      let described = try DescribedUpdate(optimizer, of: info)
      let runner = try described.runner(on: subject.settings.engine)
      for size: Float in [0, 1e-38, 1e-20, 1e-6, 1, 1e6, 1e12] {
        for start in [random.floats(info.shape), random.floats(info.shape).map { _ in 0 }] {
          var content = described.fresh(start)
          for step in [1, 2, 3, 1000, 1_000_000] {
            let gradient = random.floats(info.shape).map { $0 * size }
            content = try runner.run(content, gradient: gradient, step: step, rate: 1e-3)
            try require(
              content.isFinite,
              "at step \(step), gradients of about \(size) bring '\(info.name)' \(info.shape) or a "
                + "state of it to a number that is not finite")
            count += 1
          }
        }
      }
    }
    return .kept("\(count) updates, all finite")
  }

  /// What the host describes itself works on whole tensors by their shape; machine code must not.
  static let worksElementByElement: PluginLaw = law(
    .optimizer, "elementwise",
    "Machine code in an update gives each element the same bits, whatever stands beside it."
  ) { subject in
    let optimizer = try subject.optimizer()
    var random = subject.random("elementwise")
    // More than an engine hands over at once, and no round number of anything.
    let count = 40_009
    let bounds = [0, 1, 8, 1000, 17_017, count]
    func updated(_ parameter: [Float], _ gradients: [[Float]]) throws -> [[UInt32]]? {
      let info = ParameterInfo(name: "layers.0.weight", shape: [parameter.count], decays: true)
      let described = try DescribedUpdate(optimizer, of: info)
      let isForeign = described.graph.nodes.contains {
        if case .elementwise = $0.operation { true } else { false }
      }
      guard isForeign else { return nil }
      let runner = try described.runner(on: subject.settings.engine)
      var content = described.fresh(parameter)
      for (place, gradient) in gradients.enumerated() {
        content = try runner.run(content, gradient: gradient, step: place + 1, rate: 0.01)
      }
      return content.bits
    }
    let parameter = random.floats([count])
    let gradients = (0..<3).map { _ in random.floats([count]) }
    guard let whole = try updated(parameter, gradients) else {
      return .inapplicable("its update is made of the host's own operations")
    }
    for (first, end) in zip(bounds, bounds.dropFirst()) {
      let part = try updated(
        Array(parameter[first..<end]), gradients.map { Array($0[first..<end]) })
      for (tensor, bits) in (part ?? []).enumerated() {
        let wrong = zip(bits, whole[tensor][first..<end]).enumerated().first { $1.0 != $1.1 }
        guard let wrong else { continue }
        throw Breach(
          "element \(first + wrong.offset) of "
            + (tensor == 0 ? "the parameter" : "state \(tensor - 1)")
            + " is \(Float(bitPattern: wrong.element.1)) among \(count) elements and "
            + "\(Float(bitPattern: wrong.element.0)) among \(end - first)")
      }
    }
    return .kept("\(count) elements whole and in \(bounds.count - 1) parts")
  }
}

/// Half the sum of c (x - t)², whose least value is 0 at t.
private struct Quadratic {
  private let curvatures: [Double]
  private let targets: [Double]

  /// Draws curvatures within a factor of ten.
  init(_ shape: Shape, random: inout SeededGenerator) {
    curvatures = (0..<shape.elementCount).map { _ in Double.random(in: 0.1...1, using: &random) }
    targets = random.floats(shape).map { Double($0) }
  }

  func value(_ x: [Float]) -> Double {
    var sum = 0.0
    for index in x.indices {
      let distance = Double(x[index]) - targets[index]
      sum += 0.5 * curvatures[index] * distance * distance
    }
    return sum
  }

  func gradient(_ x: [Float]) -> [Float] {
    x.indices.map { Float(curvatures[$0] * (Double(x[$0]) - targets[$0])) }
  }
}

extension SeededGenerator {
  /// Normal numbers for a tensor.
  fileprivate mutating func floats(_ shape: Shape) -> [Float] {
    (0..<shape.elementCount).map { _ in Float(normal()) }
  }
}

extension Subject<any OptimizerFactory> {
  /// Makes an optimizer with options that the plugin takes.
  fileprivate func optimizer() throws -> any Optimizer {
    try made { options throws(PluginError) in try factory.make(options: options) }.made
  }

  /// Parameters to update: matrices and vectors, and other ranks where they are not refused.
  fileprivate func parameters(of optimizer: any Optimizer) throws -> [ParameterInfo] {
    var all: [ParameterInfo] = []
    for decays in [true, false] {
      for shape in [[6], [4, 3], [3, 5], [1, 1]] as [Shape] {
        all.append(
          ParameterInfo(name: "layers.0.weight", shape: shape, decays: decays))
      }
      for shape in [[], [2, 3, 2]] as [Shape] {
        let info = ParameterInfo(name: "layers.0.weight", shape: shape, decays: decays)
        do throws(PluginError) {
          _ = try optimizer.states(for: info)
        } catch {
          try requireWords(error, on: "a parameter of shape \(shape)")
          continue
        }
        all.append(info)
      }
    }
    return all
  }
}
