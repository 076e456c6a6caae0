import PluginSDK
import Testing

/// A call that ends its process, or never ends.
struct FatalCall: Sendable, CustomTestStringConvertible {
  let kind: PluginKind
  let function: String
  let way: String
  var behaviour: String { "\(function)-\(way)" }
  var testDescription: String { "\(kind.name)-\(behaviour)" }
}

extension Zoo {
  /// Every function that a study calls in any case, with every way to end a process in the first.
  static let fatalCalls: [FatalCall] = functions.flatMap { kind, functions in
    functions.map { FatalCall(kind: kind, function: $0, way: "segv") }
      + ["abort", "exits", "overflow", "null-call", "divides", "trap"].map {
        FatalCall(kind: kind, function: functions[0], way: $0)
      }
  }

  /// Calls that never end.
  static let endlessCalls: [FatalCall] = [
    (.tokenizer, "train"), (.architecture, "describe"), (.optimizer, "state_count"),
    (.dataMixer, "weights"), (.scalingLaw, "evaluate"),
  ].map { FatalCall(kind: $0, function: $1, way: "hangs") }

  private static let functions: [(PluginKind, [String])] = [
    (.tokenizer, ["train", "save", "vocabulary_size", "encode"]),
    (.architecture, ["shape_near", "create", "parameter_count", "describe"]),
    (.optimizer, ["create", "state_count", "state", "describe"]),
    (.dataMixer, ["create", "source_count", "source", "weights"]),
    (.scalingLaw, ["create", "parameter_count", "parameter", "evaluate"]),
  ]
}

extension Zoo {
  /// What a study comes to, where that is not what calling everything does, by specimen.
  static let outcomesOfStudies: [String: Outcome] = [
    "architecture-count-unwritten": .refused("0 non-embedding parameters"),
    "architecture-count-all-embedding": .refused("0 non-embedding parameters"),
    "architecture-count-huge": .refused("this is a mistake in the plugin"),
    "architecture-count-wrong": .refused("this is a mistake in the plugin"),
    // A study counts before it describes, and not again.
    "architecture-graph-kept": .answered,
    "architecture-losses-nan": .refused("the training has diverged"),
    "optimizer-update-nan": .refused("the training has diverged"),
    "tokenizer-encode-nothing": .refused("held-out tokens to evaluate on"),
    "scaling-law-variable-other": .refused("Z"),
    "scaling-law-evaluate-nan": .refused("no positive, finite loss"),
    "scaling-law-evaluate-infinite": .refused("no positive, finite loss"),
    "scaling-law-evaluate-negative": .refused("no positive, finite loss"),
    "scaling-law-evaluate-unwritten": .refused("no positive, finite loss"),
    "scaling-law-evaluate-huge": .answered, "scaling-law-parameter-infinite": .answered,
    "scaling-law-parameter-unbounded": .answered,
    // Nothing asks for the optimum of a law that has no fit.
    "scaling-law-optimum-nan": .answered, "scaling-law-optimum-negative": .answered,
    "scaling-law-optimum-unwritten": .answered, "scaling-law-optimum-infinite": .answered,
  ]
}
