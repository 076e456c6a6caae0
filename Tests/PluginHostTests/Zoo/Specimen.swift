import Testing

/// A hostile or damaged file, and what must come of it.
struct Specimen: Sendable, CustomTestStringConvertible {
  /// What is wrong with it; also the name of its file.
  let name: String
  /// What each verb comes to; a verb that is not here is not tried, because it would never end.
  let outcomes: [Verb: Outcome]
  /// Puts the file at a path.
  let make: @Sendable (_ path: String) throws -> Void

  var testDescription: String { name }
}

/// What is done with a file.
enum Verb: Hashable, Sendable, CaseIterable {
  /// Its record is read; none of its code runs.
  case inspect
  /// It is loaded and its entry function called, by a host of its own.
  case options
  /// It is loaded and every function of its table called, in the test.
  case use
}

/// What a verb comes to.
enum Outcome: Hashable, Sendable {
  case accepted
  /// One sentence that has these words.
  case refused(String = "")
  /// Either of both, which depends on where exactly the damage is.
  case answered
  /// The file's own code ends the process, which names the plugin and this function first.
  case diagnosed(String)
  /// The loader or the file's own code may end the process, which names the plugin first.
  case answeredOrDiagnosed
}
