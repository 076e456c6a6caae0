// N parameters of a model, D tokens it is trained on.

import GraphLanguage
import Graphs
import PluginBridges
import PluginSDK

extension CostMeasurement {
  /// Bytes of the documents that are encoded.
  static let documentSizes = [200, 2_000, 20_000]
  /// Points that a law predicts at once.
  static let pointCounts = [1, 100, 10_000]
  /// Models that are described: numbers of parameters beside the token tables.
  static let modelSizes = [20_000, 1_000_000]

  /// Encoding.
  func costs(
    _ factory: any TokenizerFactory, _ worker: any TokenizerFactory
  ) throws -> PluginCosts {
    let text = CostText(seed: settings.laws.seed, byteCount: 200_000)
    var subject = subject(factory, factory.options)
    subject = subject.withUsualVocabulary()
    let (trained, making) = try making("train on \(text.byteCount) bytes") {
      try subject.made { options throws(PluginError) in
        try factory.train(on: text.documents(), options: options)
      }
    }
    let (options, tokenizer) = (trained.options, trained.made)
    let model = try tokenizer.save()
    let remote = try worker.load(model: model, options: options)
    let calls = try tableFactory(factory, LoadedTokenizerFactory.self)
      .tableCalls(model: model, options: options)
    func encoding(_ documents: [[UInt8]], _ tokenizer: any Tokenizer) -> (Int) throws -> Void {
      { count in
        for place in 0..<count { _ = try tokenizer.encode(documents[place % documents.count]) }
      }
    }
    let byte = [[UInt8(ascii: "e")]]
    return PluginCosts(
      boundary: try boundary(calls),
      call: try cost(
        "encode 1 byte", byPointer: calls.work, here: encoding(byte, tokenizer),
        inWorker: encoding(byte, remote)),
      work: try Self.documentSizes.map { size in
        let documents = text.documents(ofSize: size)
        let tokens = try documents.reduce(0) { try $0 + tokenizer.encode($1).count }
        return try cost(
          "encode \(size) bytes",
          amounts: [
            "bytes": Double(size), "tokens": Double(tokens) / Double(documents.count),
          ], here: encoding(documents, tokenizer), inWorker: encoding(documents, remote))
      }, making: making)
  }

  /// Predictions.
  func costs(
    _ factory: any ScalingLawFactory, _ worker: any ScalingLawFactory
  ) throws -> PluginCosts {
    let subject = subject(factory, factory.options)
    let (first, making) = try making("make a law") {
      try subject.made { options throws(PluginError) in try factory.make(options: options) }
    }
    let law = first.made
    let remote = try worker.make(options: first.options)
    var random = subject.random("points")
    let all = LawPoints(law, count: Self.pointCounts.max() ?? 1, random: &random).columns
    let theta = try LawPoints(law, count: 1, random: &random).theta(of: law, random: &random)
    func predicting(
      _ columns: [[Double]], _ law: any ScalingLaw, gradients: Bool
    ) -> (Int) throws -> Void {
      { count in
        for _ in 0..<count { _ = try law.predict(theta, at: columns, wantsGradients: gradients) }
      }
    }
    let one = all.map { Array($0.prefix(1)) }
    let calls = try tableFactory(factory, LoadedScalingLawFactory.self)
      .tableCalls(theta: theta, point: one.flatMap { $0 }, options: first.options)
    return PluginCosts(
      boundary: try boundary(calls),
      call: try cost(
        "loss at 1 point", amounts: ["points": 1], byPointer: calls.work,
        here: predicting(one, law, gradients: false),
        inWorker: predicting(one, remote, gradients: false)),
      work: try Self.pointCounts.map { count in
        let columns = all.map { Array($0.prefix(count)) }
        return try cost(
          "loss and gradient at \(count) point\(count == 1 ? "" : "s")",
          amounts: ["points": Double(count)], here: predicting(columns, law, gradients: true),
          inWorker: predicting(columns, remote, gradients: true))
      }, making: making)
  }

  /// Weights.
  func costs(
    _ factory: any DataMixerFactory, _ worker: any DataMixerFactory
  ) throws -> PluginCosts {
    let (first, making) = try making("make a mixer") {
      try subject(factory, factory.options).made { options throws(PluginError) in
        try factory.make(options: options)
      }
    }
    let mixer = first.made
    let remote = try worker.make(options: first.options)
    let drawn = mixer.sources.indices.map { 1_000 * ($0 + 1) }
    let sum = drawn.reduce(0, +)
    let progress = MixingProgress(
      tokensDrawn: sum, tokensPlanned: 2 * sum, sourceTokensDrawn: drawn)
    func asking(_ mixer: any DataMixer) -> (Int) throws -> Void {
      { count in for _ in 0..<count { _ = try mixer.weights(at: progress) } }
    }
    let calls = try tableFactory(factory, LoadedDataMixerFactory.self)
      .tableCalls(at: progress, options: first.options)
    return PluginCosts(
      boundary: try boundary(calls),
      call: try cost(
        "weights", amounts: ["sources": Double(drawn.count)], byPointer: calls.work,
        here: asking(mixer), inWorker: asking(remote)),
      work: [], making: making)
  }

  /// Descriptions of models.
  func costs(
    _ factory: any ArchitectureFactory, _ worker: any ArchitectureFactory
  ) throws -> PluginCosts {
    let local = subject(factory, factory.options)
    let remote = subject(worker, factory.options)
    let dimensions = Subject<any ArchitectureFactory>.dimensions
    func model(
      _ subject: Subject<any ArchitectureFactory>, _ options: OptionValues, near size: Int
    ) throws -> any Architecture {
      try subject.model(options, near: size)
    }
    let (first, making) = try making("make a model") {
      try local.made { options throws(PluginError) in
        try local.model(options, near: Self.modelSizes[0])
      }
    }
    let options = first.options
    func counting(_ model: any Architecture) -> (Int) throws -> Void {
      { count in for _ in 0..<count { _ = try model.parameterCount } }
    }
    func describing(_ model: any Architecture) -> (Int) throws -> Void {
      { count in
        for _ in 0..<count {
          _ = try DescribedModel(model, sequences: 2, context: dimensions.context)
        }
      }
    }
    let chosen =
      (try? factory.shape(near: Self.modelSizes[0], options: options, dimensions: dimensions))
      .map { options.merging($0) } ?? options
    let calls = try tableFactory(factory, LoadedArchitectureFactory.self)
      .tableCalls(options: chosen, dimensions: dimensions)
    return PluginCosts(
      boundary: try boundary(calls),
      call: try cost(
        "parameter count", byPointer: calls.work, here: counting(first.made),
        inWorker: counting(try model(remote, options, near: Self.modelSizes[0]))),
      work: try Self.modelSizes.map { size in
        let here = try model(local, options, near: size)
        let described = try DescribedModel(here, sequences: 2, context: dimensions.context)
        return try cost(
          "describe \(described.declaredParameterCount) parameters",
          amounts: ["nodes": Double(described.graph.nodes.count)], here: describing(here),
          inWorker: describing(try model(remote, options, near: size)))
      }, making: making)
  }

  /// Descriptions of updates.
  func costs(
    _ factory: any OptimizerFactory, _ worker: any OptimizerFactory
  ) throws -> PluginCosts {
    let (first, making) = try making("make an optimizer") {
      try subject(factory, factory.options).made { options throws(PluginError) in
        try factory.make(options: options)
      }
    }
    let optimizer = first.made
    let remote = try worker.make(options: first.options)
    let matrix = ParameterInfo(name: "layers.0.weight", shape: [256, 512], decays: true)
    func asking(_ optimizer: any Optimizer) -> (Int) throws -> Void {
      { count in for _ in 0..<count { _ = try optimizer.states(for: matrix) } }
    }
    func describing(_ optimizer: any Optimizer) -> (Int) throws -> Void {
      { count in for _ in 0..<count { _ = try DescribedUpdate(optimizer, of: matrix) } }
    }
    let described = try DescribedUpdate(optimizer, of: matrix)
    let calls = try tableFactory(factory, LoadedOptimizerFactory.self)
      .tableCalls(for: matrix, options: first.options)
    return PluginCosts(
      boundary: try boundary(calls),
      call: try cost(
        "states of a matrix", amounts: ["states": Double(described.states.count)],
        byPointer: calls.work, here: asking(optimizer), inWorker: asking(remote)),
      work: [
        try cost(
          "describe the update of a matrix",
          amounts: ["nodes": Double(described.graph.nodes.count)], here: describing(optimizer),
          inWorker: describing(remote))
      ], making: making)
  }
}

extension Subject<any TokenizerFactory> {
  /// The same, with a vocabulary as studies have one where the tokenizer takes its size and nothing is
  /// written.
  fileprivate func withUsualVocabulary() -> Subject {
    let size = OptionValue.integer(4096)
    guard let option = declarations.first(where: { $0.name == "vocabulary" }),
      settings.options["vocabulary"] == nil, (try? option.checked(size)) != nil
    else { return self }
    var settings = settings
    settings.options["vocabulary"] = size
    return Subject(factory: factory, declarations: declarations, settings: settings)
  }
}
