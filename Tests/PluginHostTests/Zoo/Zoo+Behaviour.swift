import PluginSDK

/// Whole files whose code breaks a rule: in a constructor, in the entry, in what it hands over, or in
/// a call.
extension Zoo {
  static func misbehaving(_ image: ELFImage) -> [Specimen] {
    loaded.map { behaviour, outcome in
      var outcomes: [Verb: Outcome] = [.inspect: .accepted]
      outcomes[.options] = outcome
      return edited(image, behaviour, outcomes) { $0.behave(behaviour) }
    }
      + (called + graphs).flatMap { kind, behaviours in
        behaviours.map { behaviour, outcome in
          edited(
            image, "\(kind.name)-\(behaviour)",
            [.inspect: .accepted, .options: .accepted, .use: outcome]
          ) { $0.behave(behaviour, as: kind) }
        }
      }
  }

  /// What happens until its options are known; nil where that never is.
  static let loaded = constructors + entries + tables + options

  /// What happens before anything is asked of the plugin.
  private static let constructors: [(String, Outcome?)] = [
    ("constructor-segv", .diagnosed("its constructors")),
    ("constructor-null-call", .diagnosed("its constructors")),
    ("constructor-overflow", .diagnosed("its constructors")),
    ("constructor-abort", .diagnosed("its constructors")),
    ("constructor-divides", .diagnosed("its constructors")),
    ("constructor-trap", .diagnosed("its constructors")),
    ("constructor-exits", .diagnosed("its constructors")),
    ("constructor-hangs", nil), ("constructor-prints", .accepted),
  ]

  private static let entries: [(String, Outcome?)] = [
    ("honest", .accepted), ("entry-minor-99", .accepted), ("entry-prints", .accepted),
    ("entry-hangs", nil),
    ("entry-segv", .diagnosed("the entry function")),
    ("entry-null-call", .diagnosed("the entry function")),
    ("entry-overflow", .diagnosed("the entry function")),
    ("entry-abort", .diagnosed("the entry function")),
    ("entry-divides", .diagnosed("the entry function")),
    ("entry-trap", .diagnosed("the entry function")),
    ("entry-exits", .diagnosed("the entry function")),
    ("entry-fails", .refused("as asked for")), ("entry-fails-silently", .refused("no reason")),
    ("entry-status-nonsense", .refused("status 77")),
    ("entry-status-negative", .refused("status -1")),
    ("entry-too-small", .refused("bufferTooSmall")), ("entry-nothing", .refused("ABI 0.0")),
    ("entry-major-0", .refused("ABI 0.")), ("entry-major-2", .refused("ABI 2.")),
    ("entry-kind-other", .refused("optimizer")), ("entry-kind-99", .refused("unknown (99)")),
    ("plugin-size-0", .refused("struct_size")), ("plugin-size-1", .refused("struct_size")),
    ("plugin-size-16", .refused("kind")), ("plugin-size-huge", .refused("struct_size")),
  ]

  /// The table is read when the plugin is used, not when its options are.
  private static let tables: [(String, Outcome?)] = [("table-null", .refused("no table"))]

  private static let options: [(String, Outcome?)] = [
    ("options-null", .refused("null")), ("options-count-huge", .refused("elements")),
    ("options-count-negative", .refused("elements")),
    ("options-stride-0", .refused("0 bytes apart")),
    ("options-stride-1", .refused("1 bytes apart")), ("options-stride-8", .refused("lies 8")),
    ("options-stride-odd", .refused("bytes apart")),
    ("options-stride-huge", .refused("bytes apart")),
    ("option-size-0", .refused("struct_size")), ("option-size-1", .refused("struct_size")),
    ("option-size-huge", .refused("large")), ("option-size-small", .refused("unknown type 0")),
    ("option-name-null", .refused("null")), ("option-name-empty", .refused("no name")),
    ("option-name-endless", .refused("length")), ("option-name-not-utf8", .refused("not UTF-8")),
    ("option-name-twice", .refused("declared twice")),
    ("option-type-0", .refused("unknown type 0")), ("option-type-99", .refused("unknown type 99")),
    ("option-presence-0", .refused("unknown presence 0")),
    ("option-presence-99", .refused("unknown presence 99")),
    ("option-default-null", .refused("default_value is null")),
    ("option-default-size", .refused("default_value says")),
    ("option-default-type", .refused("another type")),
    ("option-default-outside", .refused("0 to 10")),
    ("option-bounds-nan", .refused("bounds")), ("option-bounds-inverted", .refused("bounds")),
    ("option-bounds-fraction", .refused("bounds")), ("option-bounds-huge", .refused("bounds")),
    ("option-choices-null", .refused("no choices")),
    ("option-choices-huge", .refused("no choices")), ("option-help-null", .refused("null")),
    ("option-shares-null", .refused("lacks their lists")),
  ]

  /// What happens in calls, for each kind.
  static let called: [(PluginKind, [(String, Outcome)])] = [
    (
      .tokenizer,
      errors + [
        ("honest", .accepted), ("table-size-0", .refused("struct_size")),
        ("table-size-1", .refused("struct_size")), ("table-size-9", .refused("struct_size")),
        ("table-size-short", .refused("'save'")), ("table-size-huge", .refused("struct_size")),
        ("table-functions-null", .refused("'train', 'load', 'save', 'vocabulary_size'")),
        ("table-encode-null", .refused("'encode'")),
        ("table-destroy-null", .refused("'destroy'")),
        ("make-nothing", .refused("stored no instance")), ("train-reads-on", .accepted),
        ("host-from-thread", .accepted), ("host-null-text", .accepted),
        ("host-not-utf8", .accepted), ("host-level", .accepted), ("host-progress", .accepted),
        ("host-endless-text", .accepted), ("host-extension", .accepted),
        ("save-null", .refused("5 bytes at null")),
        ("save-endless", .refused("more than 268435456 bytes")),
        ("save-status", .refused("status -5")),
        ("vocabulary-0", .refused("vocabulary_size")),
        ("vocabulary-negative", .refused("vocabulary_size")),
        ("vocabulary-100", .refused("outside 0 ..< 100")),
        ("encode-count-huge", .refused("encode says")),
        ("encode-never-enough", .refused("room")), ("encode-wants-all", .refused("room")),
        ("encode-id-negative", .refused("the id -1")), ("encode-id-large", .refused("the id 256")),
        ("decode-status", .refused("status 1234")),
        ("documents-kept", .refused("no reason")),
        ("save-without-end", .refused("more than 268435456 bytes")),
        ("vocabulary-huge", .refused("vocabulary_size")), ("encode-nothing", .accepted),
      ]
    ),
    (
      .dataMixer,
      [
        ("honest", .accepted), ("sources-0", .refused("source_count")),
        ("sources-huge", .refused("source_count")), ("source-null", .refused("null")),
        ("source-empty", .refused("empty")), ("source-same", .refused("repeated")),
        ("source-not-utf8", .refused("UTF-8")), ("weights-nan", .refused("weights gave")),
        ("weights-negative", .refused("weights gave")), ("weights-sum", .refused("weights gave")),
        ("weights-infinite", .refused("weights gave")), ("weights-huge", .refused("weights gave")),
        ("weights-status", .refused("status -7")), ("sources-many", .refused("source_count")),
        ("source-nul", .refused("control characters")), ("source-long", .refused("1048576 bytes")),
        ("weights-unwritten", .refused("weights gave")), ("table-size-9", .refused("struct_size")),
        ("table-size-huge", .refused("struct_size")),
      ]
    ),
    (
      .scalingLaw,
      [
        ("honest", .accepted), ("variables-0", .refused("variable_count")),
        ("variable-null", .refused("null")), ("parameters-0", .refused("parameter_count")),
        ("parameters-huge", .refused("parameter_count")),
        ("parameter-unwritten", .refused("name")), ("parameter-null", .refused("null")),
        ("parameter-role", .refused("role 42")), ("parameter-nan", .refused("bounds")),
        ("parameter-inverted", .refused("bounds")), ("parameter-size", .accepted),
        ("parameters-many", .refused("parameter_count")),
        ("parameter-long", .refused("1048576 bytes")),
        ("parameter-nul", .refused("control characters")),
        ("parameter-infinite", .accepted), ("parameter-unbounded", .accepted),
        ("variable-other", .accepted), ("evaluate-status", .refused("status 99")),
        ("evaluate-nan", .accepted), ("evaluate-infinite", .accepted),
        ("evaluate-negative", .accepted), ("evaluate-huge", .accepted),
        ("evaluate-unwritten", .accepted), ("optimum-nan", .refused("optimum gave")),
        ("optimum-negative", .refused("optimum gave")),
        ("optimum-unwritten", .refused("optimum gave")),
        ("optimum-infinite", .refused("optimum gave")),
      ]
    ),
  ]

  private static let errors: [(String, Outcome)] = [
    ("error-plain", .refused("as asked for")), ("error-silent", .refused("no reason")),
    ("error-without-message", .refused("no reason")),
    ("error-null-message", .refused("null")),
    ("error-huge-message", .refused("3145728 bytes")),
    ("error-endless-message", .refused("18446744073709551615 bytes")),
    ("error-not-utf8", .refused("not UTF-8")),
    ("error-without-release", .refused("as asked for")),
    ("error-size-0", .refused("cannot be read")), ("error-size-1", .refused("cannot be read")),
    ("error-size-huge", .refused("cannot be read")), ("error-though-ok", .accepted),
    ("error-status-nonsense", .refused("as asked for")),
    ("error-status-negative", .refused("as asked for")),
  ]
}
