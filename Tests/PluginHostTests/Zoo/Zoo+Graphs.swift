import PluginSDK

/// What architectures and optimizers do wrong.
extension Zoo {
  /// What happens in calls, for each kind that describes graphs.
  static let graphs: [(PluginKind, [(String, Outcome)])] = [
    (.architecture, handedOver + shapes + counts + parameters + builders + losses),
    (.optimizer, handedOver + states + builders + updates),
  ]

  private static let handedOver: [(String, Outcome)] = [
    ("honest", .accepted), ("table-size-0", .refused("struct_size")),
    ("table-size-9", .refused("struct_size")), ("table-size-huge", .refused("struct_size")),
    ("table-size-short", .refused("table lacks")),
    ("table-functions-null", .refused("'create'")), ("make-nothing", .refused("no instance")),
    ("error-plain", .refused("as asked for")), ("error-silent", .refused("no reason")),
    ("error-not-utf8", .refused("not UTF-8")),
  ]

  private static let shapes: [(String, Outcome)] = [
    ("shape-unknown", .refused("'nonsense'")), ("shape-type", .refused("option 'a'")),
    ("shape-type-99", .refused("unknown type 99")), ("shape-outside", .refused("0 to 10")),
    ("shape-null", .refused("null")), ("shape-unsupported", .refused("no reason")),
    ("shape-kept", .refused("no reason")),
  ]

  private static let counts: [(String, Outcome)] = [
    ("count-unwritten", .accepted), ("count-negative", .refused("parameter_count gave")),
    ("count-embedding", .refused("parameter_count gave")), ("count-huge", .accepted),
    ("count-wrong", .accepted), ("count-all-embedding", .accepted),
  ]

  /// What is wrong with a name or a shape, whoever declares it.
  private static let declarations: [(String, Outcome)] = [
    ("name-null", .refused("null")), ("name-empty", .refused("name")),
    ("name-nul", .refused("control characters")), ("name-escape", .refused("control characters")),
    ("name-long", .refused("1048576 bytes")), ("name-endless", .refused("length")),
    ("name-not-utf8", .refused("UTF-8")), ("rank-9", .refused("rank 9")),
    ("rank-huge", .refused("rank 4294967295")), ("extent-0", .refused("extents")),
    ("extent-negative", .refused("extents")), ("extents-overflow", .refused("extents")),
    ("extents-huge", .refused("2147483647 elements")),
  ]

  private static let parameters: [(String, Outcome)] =
    declarations + [
      ("name-twice", .refused("the name is taken")),
      ("parameter-null", .refused("null")), ("parameter-result-null", .refused("null")),
      ("parameter-size-0", .refused("struct_size")),
      ("initializer-0", .refused("initializer 0")), ("initializer-99", .refused("initializer 99")),
      ("initializer-nan", .refused("initializer")),
      ("initializer-negative", .refused("initializer")),
    ]

  private static let states: [(String, Outcome)] =
    declarations + [
      ("name-twice", .refused("repeated name")), ("states-huge", .refused("state_count gave")),
      ("states-many", .refused("state_count gave")), ("state-unwritten", .refused("name")),
      ("state-shape", .refused("one shape")), ("state-nan", .refused("starts as")),
      ("state-infinite", .refused("starts as")), ("state-size", .accepted),
    ]

  private static let builders: [(String, Outcome)] = [
    ("operation-null", .refused("null")), ("operation-result-null", .refused("null")),
    ("operation-size-0", .refused("struct_size")),
    ("operation-size-huge", .refused("struct_size")),
    ("operation-code-0", .refused("operation 0")),
    ("operation-code-huge", .refused("operation 4294967295")),
    ("inputs-null", .refused("null")), ("inputs-endless", .refused("inputs")),
    ("inputs-none", .refused("takes")), ("integers-null", .refused("integers")),
    ("integers-endless", .refused("integers")), ("reals-nan", .refused("not all numbers")),
    ("location-null", .refused("null")), ("location-long", .refused("1048576 bytes")),
    ("value-unknown", .refused("no value of this graph")),
    ("value-negative", .refused("no value of this graph")),
    ("value-forged", .refused("claims to be")), ("value-type", .refused("element type 77")),
    ("value-rank", .refused("rank 4294967295")),
    ("value-of-another-graph", .refused("no value of this graph")),
    ("constant-huge", .refused("2147483647 elements")),
    ("constant-overflow", .refused("is not known")),
    ("operations-million", .refused("more than 65536")),
    ("graph-kept", .refused("after the call that it was given to had returned")),
    ("graph-from-threads", .accepted), ("graph-from-a-late-thread", .accepted),
  ]

  private static let losses: [(String, Outcome)] = [
    ("losses-unwritten", .refused("element type 0")), ("losses-unknown", .refused("no value")),
    ("losses-shape", .refused("one for each target")),
    ("losses-type", .refused("one for each target")), ("losses-rank", .refused("rank 200")),
    ("losses-constant", .accepted), ("losses-nan", .accepted),
  ]

  private static let updates: [(String, Outcome)] = [
    ("update-unwritten", .refused("element type 0")), ("update-unknown", .refused("no value")),
    ("update-forged", .refused("claims to be")), ("update-shape", .refused("keeps shape")),
    ("update-state-unknown", .refused("no value")),
    ("update-state-shape", .refused("keeps shape")), ("update-nan", .accepted),
  ]
}
