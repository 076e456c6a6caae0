import PluginBridges
import PluginHost
import PluginSDK

/// A function manifest as other programs, and people, read it.
struct FunctionOutput: Encodable {
  /// The library that has the function.
  struct Library: Encodable {
    var name: String
    var isSystem: Bool
    /// nil if it is missing, or only the loader knows where it is.
    var path: String?
    var sha256: String?
  }

  /// A function that is bound.
  struct Function: Encodable {
    var symbol: String
    var declaration: String
    /// Whether the library has it; nil if that is not known.
    var isThere: Bool?
  }

  /// Inputs with what must come of them.
  struct SelfTest: Encodable {
    /// One update: the parameter and then the states, element by element.
    struct Update: Encodable {
      var gradient: [Float]
      var before: [[Float]]
      var after: [[Float]]
      var learningRate: Double
      var step: Int
    }

    var line: Int
    /// Of all but an update.
    var inputs: [Double]?
    var expected: Double?
    var update: Update?
    var tolerance: Double

    init(_ test: ForeignFunction.SelfTest) {
      line = test.line
      tolerance = test.tolerance
      switch test.content {
      case .point(let inputs, let expected): (self.inputs, self.expected) = (inputs, expected)
      case .update(let example):
        update = Update(
          gradient: example.gradient, before: example.tensors, after: example.expected,
          learningRate: example.learningRate, step: example.step)
      }
    }

    /// In a sentence.
    var text: String {
      let demand: String
      if let update {
        demand =
          "gradient \(update.gradient) in step \(update.step) at a rate of \(update.learningRate) "
          + "must turn \(update.before) into \(update.after)"
      } else {
        let inputs = (inputs ?? []).map { "\($0)" }.joined(separator: ", ")
        demand = "(\(inputs)) must give \(expected.map { "\($0)" } ?? "nothing")"
      }
      return "line \(line): \(demand) within \(tolerance)"
    }
  }

  var path: String
  var byteCount: UInt64
  var sha256: String?
  var name: String?
  var kind: String?
  var version: String?
  /// How a pipeline names it.
  var use: String?
  var library: Library?
  var functions: [Function]
  var selfTests: [SelfTest]
  /// The most seconds that the self-tests may take.
  var secondsLimit: Int?
  /// Every reason to refuse it.
  var refusedBecause: [String]

  init(_ inspection: FunctionInspection) {
    let function = inspection.function
    path = inspection.path
    byteCount = inspection.byteCount
    sha256 = inspection.digest
    name = function?.name
    kind = function?.kind.name
    version = function?.version
    use = function?.use
    library = function.map {
      Library(
        name: $0.library.name, isSystem: $0.library.isSystem, path: inspection.library?.path,
        sha256: inspection.library?.digest)
    }
    functions = inspection.functions.map {
      Function(
        symbol: $0.callable.symbol, declaration: $0.callable.declaration, isThere: $0.isThere)
    }
    selfTests = function?.selfTests.map(SelfTest.init) ?? []
    secondsLimit = function?.secondsLimit
    refusedBecause = inspection.findings.map(\.message)
  }

  /// Prints it for people.
  func print() {
    let line = PluginsCommand.Inspect.line
    line("file", path)
    line("size", "\(byteCount) bytes")
    line("SHA-256", sha256)
    line("name", name)
    line("kind", kind)
    line("version", version)
    line("use", use)
    if let library {
      let place =
        library.path ?? (library.isSystem ? "wherever the loader finds it" : "not there")
      line("library", "\(library.name)\(library.isSystem ? " of the system" : ""): \(place)")
      line("its SHA-256", library.sha256)
    }
    for function in functions {
      let state =
        switch function.isThere {
        case true?: "the library has it"
        case false?: "the library does not have it"
        case nil: "not looked up"
        }
      line("function", "\(function.declaration) (\(state))")
    }
    for test in selfTests { line("self-test", test.text) }
    line("time limit", secondsLimit.map { "\($0) s for all self-tests, which run before any use" })
    for reason in refusedBecause { line("refused", reason) }
  }
}

extension ForeignFunction {
  /// How a pipeline names it.
  fileprivate var use: String {
    switch kind {
    case .scalingLaw: "a law, 'plugin: \(name)' below 'laws:'"
    case .dataMixer: "the data of a stage, 'plugin: \(name)' below 'data:'"
    case .schedule: "the learning rate, 'schedule: { function: \(name) }' below 'optimizer:'"
    case .optimizer: "the update, 'plugin: \(name)' below 'optimizer:'"
    case .tokenizer, .architecture: "'plugin: \(name)'"
    }
  }
}
