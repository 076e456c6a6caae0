// B sequences in a batch, T tokens in a sequence, N parameters.

import GraphLanguage
import Graphs
import PluginSDK

/// What every architecture promises of the graph that it describes.
extension PluginLaw {
  static let oneLossPerTarget: PluginLaw = law(
    .architecture, "losses",
    "Models of every size give float32 losses [B · T] for tokens [B, T] up to the context."
  ) { subject in
    var batches = 0
    for target in Subject<any ArchitectureFactory>.targets {
      let model = try subject.model(near: target)
      for (sequences, context) in [(1, 1), (1, 16), (3, 16), (2, 5)] {
        _ = try DescribedModel(model, sequences: sequences, context: context)
        batches += 1
      }
    }
    return .kept("\(Subject<any ArchitectureFactory>.targets.count) sizes, \(batches) batches")
  }

  static let countsParameters: PluginLaw = law(
    .architecture, "parameter-count",
    "The number of parameters by formula is the number declared in the graph."
  ) { subject in
    var seen: [String] = []
    for target in Subject<any ArchitectureFactory>.targets {
      let model = try subject.model(near: target)
      let count = try model.parameterCount
      let described = try DescribedModel(model, sequences: 1, context: 16)
      let declared = described.declaredParameterCount
      try require(
        count.total == declared,
        "parameter_count says \(count.total) and the graph declares \(declared)")
      try require(
        (0...count.total).contains(count.embedding),
        "\(count.embedding) of \(count.total) parameters are said to be in token tables")
      seen.append("\(count.total)")
    }
    return .kept("\(seen.joined(separator: ", ")) parameters")
  }

  static let describesTheSame: PluginLaw = law(
    .architecture, "describe-deterministic",
    "Describing twice, and from another instance, gives the same graph."
  ) { subject in
    let (options, model) = try subject.made { options throws(PluginError) in
      try subject.model(options)
    }
    let first = try DescribedModel(model, sequences: 2, context: 8)
    _ = try DescribedModel(model, sequences: 1, context: 4)
    let other = try subject.model(options)
    for (again, what) in [
      (try DescribedModel(model, sequences: 2, context: 8), "described again"),
      (try DescribedModel(other, sequences: 2, context: 8), "described by another instance"),
    ] {
      try first.graph.requireSame(as: again.graph, what)
    }
    return .kept("three graphs of \(first.graph.nodes.count) nodes")
  }

  /// A model that is within a quarter of the size asked for is near.
  ///
  /// Below some thousand parameters no transformer is, so the sizes asked for begin higher.
  static let shapesComeNear: PluginLaw = law(
    .architecture, "shape-near",
    "The shape chosen for a size has about that many parameters, or a reason is given."
  ) { subject in
    let dimensions = Subject<any ArchitectureFactory>.dimensions
    let options = try subject.made { options throws(PluginError) in
      try subject.model(options)
    }.options
    var seen: [String] = []
    for target in [20_000, 100_000, 500_000, 2_000_000] {
      let chosen: OptionValues
      do throws(PluginError) {
        chosen = try subject.factory.shape(near: target, options: options, dimensions: dimensions)
      } catch {
        try requireWords(error, on: "the size \(target)")
        seen.append("\(target) refused")
        continue
      }
      let again = try subject.factory.shape(
        near: target, options: options, dimensions: dimensions)
      try require(
        again == chosen, "asked twice for \(target), it chose \(chosen.text), then \(again.text)")
      let model = try subject.factory.make(
        options: options.merging(chosen), dimensions: dimensions)
      let count = try model.parameterCount.nonEmbedding
      try require(
        abs(Double(count - target)) <= 0.25 * Double(target),
        "asked for \(target) parameters beside the token tables it chose \(chosen.text), which has "
          + "\(count)")
      seen.append("\(target) gave \(count)")
    }
    return .kept(seen.joined(separator: ", "))
  }
}

extension Graph {
  /// Breaks the law where two graphs differ.
  func requireSame(as other: Graph, _ what: String) throws(Breach) {
    for (one, two) in zip(variables, other.variables) where one != two {
      throw Breach("\(what), the parameter '\(one.name)' is \(two) in place of \(one)")
    }
    try require(
      variables.count == other.variables.count,
      "\(what), there are \(other.variables.count) parameters in place of \(variables.count)")
    for (place, (one, two)) in zip(nodes, other.nodes).enumerated() where one != two {
      throw Breach(
        "\(what), node \(place) is \(two.operation) of \(two.inputs.map(\.id)) in place of "
          + "\(one.operation) of \(one.inputs.map(\.id)) (at \(one.location))")
    }
    try require(
      nodes.count == other.nodes.count,
      "\(what), there are \(other.nodes.count) nodes in place of \(nodes.count)")
  }
}
