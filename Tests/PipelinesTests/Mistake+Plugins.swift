extension Mistake {
  /// What is demanded of plugins.
  static let plugins: [Mistake] = [
    Mistake(
      "[plugins/]", "{ folders: [plugins/], islation: worker }",
      at: "4:33", in: "plugins.islation",
      says: "'islation' is not a key of 'plugins'", "did you mean 'isolation'?"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], isolation: maybe }",
      at: "4:44", in: "plugins.isolation",
      says: "found 'maybe', expected none or worker"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], isolation: { tokeniser: worker } }",
      at: "4:46", in: "plugins.isolation.tokeniser",
      says: "'tokeniser' is neither a kind of plugin nor a plugin that was found",
      "did you mean 'tokenizer'?", "kinds are tokenizer, architecture", "byte-pair"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], isolation: { tokenizer: yes } }",
      at: "4:57", in: "plugins.isolation.tokenizer",
      says: "found 'yes', expected none or worker"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], worker_deadline: 30 }",
      at: "4:50", in: "plugins.worker_deadline",
      says: "found '30', expected a time of at least 1s, as 90s, 5min or 2h",
      "write h, min or s behind it"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], worker_deadline: { tokenizer: 0.5s } }",
      at: "4:63", in: "plugins.worker_deadline.tokenizer",
      says: "found '0.5s', expected a time of at least 1s"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], worker_memory: 5MB }",
      at: "4:48", in: "plugins.worker_memory",
      says: "found '5MB', expected a number of bytes of at least 64MiB"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], worker_memory: { adamv: 5GB } }",
      at: "4:50", in: "plugins.worker_memory.adamv",
      says: "'adamv' is neither a kind of plugin nor a plugin that was found",
      "did you mean 'adamw'?"),
    Mistake(
      "[plugins/]", "{ folders: plugins/ }",
      at: "4:21", in: "plugins.folders",
      says: "found 'plugins/', expected a list of folders", "write [plugins/]"),
    Mistake(
      "[plugins/]", "{ folders: [plugin/] }",
      at: "4:22", in: "plugins.folders.0",
      says: "there is no folder 'plugin/'"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], pin: { adamw: \"sha256:00\" } }",
      at: "4:47", in: "plugins.pin.adamw",
      says: "found the quoted text \"sha256:00\", expected the SHA-256 of the plugin's file",
      "64 hexadecimal digits in lower case"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], pin: { adamv: \"sha256:\(zeros)\" } }",
      at: "4:40", in: "plugins.pin.adamv",
      says: "'adamv' is no plugin that was found; did you mean 'adamw'?"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], pin: [adamw] }",
      at: "4:38", in: "plugins.pin",
      says: "found a list, expected a mapping of names of plugins and digests"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], require_signature: keys/team.pub }",
      at: "4:52", in: "plugins.require_signature",
      says: "/keys/team.pub' cannot be read: No such file or directory", "--new-key"),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], require_signature: corpora/en/notes.txt }",
      at: "4:52", in: "plugins.require_signature",
      says: "/corpora/en/notes.txt' holds no public key: its first line must be \"ed25519:\""),
    Mistake(
      "[plugins/]", "{ folders: [plugins/], require_signature: \"ed25519:12\" }",
      at: "4:52", in: "plugins.require_signature",
      says: "found the quoted text \"ed25519:12\", expected the file of a public key"),
  ]

  private static let zeros = String(repeating: "0", count: 64)
}
