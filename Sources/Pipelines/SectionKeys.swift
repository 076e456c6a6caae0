/// The keys that sections have of their own; they win over plugin options of the same name.
enum SectionKeys {
  static let pipeline = [
    "schema", "name", "seed", "plugins", "corpora", "tokenizer", "model", "optimizer", "batch",
    "memory", "stages", "evaluate", "laws", "sweep",
  ]
  /// Those of a combination in `sweep.variants`.
  static let variant = ["label", "set"]
  /// Those of the mapping form of `plugins`.
  static let plugins = [
    "folders", "isolation", "worker_deadline", "worker_memory", "pin", "require_signature",
  ]
  static let corpus = ["files", "language", "licence", "held_out", "text"]
  static let tokenizer = ["plugin", "train_on", "train_bytes"]
  static let model = ["plugin", "context", "ladder", "count"]
  /// Those of the mapping form of `model.ladder`.
  static let ladder = ["from", "to", "steps", "table"]
  /// Those of a shape in `model.ladder`.
  static let rung = ["name"]
  static let optimizer = [
    "plugin", "learning_rate", "schedule", "warmup", "decay", "final", "branches", "clip",
  ]
  /// Those of the mapping form of `optimizer.schedule`.
  static let schedule = ["shape", "function", "warmup", "decay", "final", "branches"]
  static let batch = ["tokens", "micro_batch"]
  static let stage = ["strategy", "from", "tokens", "data", "optimizer"]
  static let data = ["plugin"]
  static let evaluation = ["on", "points", "tokens"]
  static let law = ["plugin", "stage", "corpus", "points", "freeze"]
  static let freeze = ["from", "terms"]
}
