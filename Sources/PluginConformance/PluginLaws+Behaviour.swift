import Dispatch
import Foundation
import Glibc
import GraphLanguage
import Graphs
import PluginSDK
import Synchronization

/// What every plugin promises, whatever its kind: threads and memory.
extension PluginLaw {
  static let bearsThreads: PluginLaw = law(
    .any, "threads",
    "Calls from several threads at once, as far as the record allows them, give what one gives."
  ) { subject in
    let probe = try subject.probe()
    let expected = try probe.call()
    let threads = 4
    let results = try onThreads(threads) { _ in
      var calls = 0
      let end = ContinuousClock.now + .milliseconds(300)
      repeat {
        guard try probe.call() == expected else { return (calls, false) }
        calls += 1
      } while calls < 1000 && ContinuousClock.now < end
      return (calls, true)
    }
    let calls = results.reduce(0) { $0 + $1.0 }
    try require(
      results.allSatisfy(\.1),
      "one of \(calls + 1) calls of \(probe.name) from \(threads) threads at once gave something "
        + "else than a call alone; the record says \(subject.factory.identity.concurrency)")
    return .kept("\(calls) calls of \(probe.name) from \(threads) threads")
  }

  /// A plugin that keeps less than 4 MiB over all calls passes: of 40,000 calls, 100 bytes each.
  ///
  /// One that grows in some rounds and not in others has a cache, not a leak.
  static let keepsNoMemory: PluginLaw = law(
    .any, "memory",
    "Calls that are repeated, and instances that are freed, do not take ever more memory."
  ) { subject in
    let probe = try subject.probe()
    func round() throws -> Int {
      var calls = 0
      let end = ContinuousClock.now + .milliseconds(250)
      repeat {
        _ = try probe.call()
        try probe.remake()
        calls += 1
      } while calls < 10_000 && ContinuousClock.now < end
      return calls
    }
    for _ in 0..<2 { _ = try round() }
    var sizes = [residentByteCount()]
    var calls = 0
    for _ in 0..<4 {
      calls += try round()
      sizes.append(residentByteCount())
    }
    let growth = sizes[4] - sizes[0]
    let grewEachTime = zip(sizes, sizes.dropFirst()).allSatisfy { $0 < $1 }
    try require(
      !(grewEachTime && growth > 4 << 20),
      "\(calls) calls of \(probe.name), each with an instance made and freed, took \(growth >> 10) "
        + "KiB that did not come back: about \(growth / max(calls, 1)) bytes a call")
    return .kept("\(calls) calls, \(max(growth, 0) >> 10) KiB more at the end")
  }
}

/// A cheap call whose result is known, on one instance.
struct Probe: Sendable {
  /// What comes out.
  enum Outcome: Hashable, Sendable {
    case tokens([TokenID], [UInt8])
    case graph([Graph.Node], [Variable])
    /// The bits of each.
    case numbers([UInt64])
  }

  /// The function that is called.
  let name: String
  let call: @Sendable () throws -> Outcome
  /// Makes another instance and lets go of it.
  let remake: @Sendable () throws -> Void
}

extension Subject<PluginUnderTest> {
  /// The cheap call of the plugin's kind.
  func probe() throws -> Probe {
    switch factory {
    case .tokenizer(let factory): try probe(factory)
    case .architecture(let factory): try probe(factory)
    case .optimizer(let factory): try probe(factory)
    case .dataMixer(let factory): try probe(factory)
    case .scalingLaw(let factory): try probe(factory)
    }
  }

  private func probe(_ factory: any TokenizerFactory) throws -> Probe {
    let (options, tokenizer) = try made { options throws(PluginError) in
      try factory.train(on: SampleDocuments(settings.seed), options: options)
    }
    let model = try tokenizer.save()
    let text = SampleDocuments(settings.seed).sample
    return Probe(
      name: "encode and decode",
      call: {
        let ids = try tokenizer.encode(text)
        return .tokens(ids, try tokenizer.decode(ids))
      },
      remake: { _ = try factory.load(model: model, options: options) })
  }

  private func probe(_ factory: any ArchitectureFactory) throws -> Probe {
    let subject = Subject<any ArchitectureFactory>(
      factory: factory, declarations: declarations, settings: settings)
    let (options, model) = try subject.made { options throws(PluginError) in
      try subject.model(options)
    }
    return Probe(
      name: "describe",
      call: {
        let described = try DescribedModel(model, sequences: 2, context: 4)
        return .graph(described.graph.nodes, described.graph.variables)
      },
      remake: { _ = try subject.model(options) })
  }

  private func probe(_ factory: any OptimizerFactory) throws -> Probe {
    let (options, optimizer) = try made { options throws(PluginError) in
      try factory.make(options: options)
    }
    let info = ParameterInfo(name: "weight", shape: [4, 3], decays: true)
    return Probe(
      name: "describe",
      call: {
        let described = try DescribedUpdate(optimizer, of: info)
        return .graph(described.graph.nodes, described.graph.variables)
      },
      remake: { _ = try factory.make(options: options) })
  }

  private func probe(_ factory: any DataMixerFactory) throws -> Probe {
    let (options, mixer) = try made { options throws(PluginError) in
      try factory.make(options: options)
    }
    let drawn = mixer.sources.indices.map { 100 * ($0 + 1) }
    let progress = MixingProgress(
      tokensDrawn: drawn.reduce(0, +), tokensPlanned: 2 * drawn.reduce(0, +),
      sourceTokensDrawn: drawn)
    return Probe(
      name: "weights", call: { .numbers(try mixer.weights(at: progress).map(\.bitPattern)) },
      remake: { _ = try factory.make(options: options) })
  }

  private func probe(_ factory: any ScalingLawFactory) throws -> Probe {
    let (options, law) = try made { options throws(PluginError) in
      try factory.make(options: options)
    }
    var random = random("probe")
    let points = LawPoints(law, count: 16, random: &random)
    let theta = try points.theta(of: law, random: &random)
    return Probe(
      name: "evaluate",
      call: {
        let prediction = try law.predict(theta, at: points.columns, wantsGradients: true)
        return .numbers((prediction.losses + prediction.gradients).map(\.bitPattern))
      },
      remake: { _ = try factory.make(options: options) })
  }
}

/// Runs work on several threads at once and gives the results in the order of the threads.
func onThreads<Result: Sendable>(
  _ count: Int, _ work: @escaping @Sendable (Int) throws -> Result
) throws -> [Result] {
  let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
  let waiting = Atomic(count)
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    Thread.detachNewThread {
      waiting.subtract(1, ordering: .relaxed)
      while waiting.load(ordering: .relaxed) > 0 { sched_yield() }
      let result = Swift.Result { try work(index) }
      results.withLock { $0[index] = result }
      group.leave()
    }
  }
  group.wait()
  let all = results.withLock { $0 }
  return try (0..<count).compactMap { try all[$0]?.get() }
}

/// The physical memory that this process holds.
private func residentByteCount() -> Int {
  let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * sysconf(Int32(_SC_PAGESIZE))
}
