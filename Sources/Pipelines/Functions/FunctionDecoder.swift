import OrderedCollections
package import PluginBridges
import PluginSDK

/// Turns the text of a function manifest into a checked function, or into every mistake it holds.
package struct FunctionDecoder {
  /// Decodes a manifest; its file's name gives the function's.
  ///
  /// Nothing but the file is looked at: whether the library and its symbols are there is seen when
  /// the function is opened.
  ///
  /// - Throws: All mistakes at once.
  package static func decode(contentsOf file: String) throws(PipelineError) -> ForeignFunction {
    try decode(text: try PipelineDecoder.text(of: file), file: file)
  }

  /// Decodes the text of a manifest.
  package static func decode(
    text: String, file: String
  ) throws(PipelineError) -> ForeignFunction {
    let findings = Findings(in: text)
    let start = SourcePosition(file: file, line: 1, column: 1)
    var function: ForeignFunction?
    if let node = YAMLNode.parse(text, file: file, findings: findings) {
      let whole = Field(path: "", keyPosition: start, node: node, findings: findings)
      let expected = "the keys \(listed(SectionKeys.function))"
      if let root = Section(whole, expected: expected, whole: "a function manifest") {
        function = FunctionReader(root: root, file: file, start: start).read()
      }
    }
    if let error = findings.error() { throw error }
    guard let function else {
      preconditionFailure("a manifest was refused and nothing was reported")
    }
    return function
  }
}

/// What a manifest may leave out.
private enum FunctionDefaults {
  static let version = "0.0.0"
  static let variables = ["N", "D"]
  static let secondsLimit = 30
}

/// Reads the parts of a manifest.
struct FunctionReader {
  let root: Section
  let file: String
  let start: SourcePosition

  private static let kinds = [PluginKind.scalingLaw, .dataMixer, .schedule, .optimizer]

  var findings: Findings { root.findings }

  /// Reads all of it; nil if anything is wrong, which is then reported.
  func read() -> ForeignFunction? {
    readSchema()
    let name = readName()
    let library = readLibrary()
    let kindField = root.required(
      "kind", "what it is bound to: \(listed(Self.kinds.map(\.name), conjunction: "or"))")
    let kind = kindField.flatMap { $0.word(of: Self.kinds.map(\.name)) }
      .flatMap { word in Self.kinds.first { $0.name == word } }
    var version: String? = FunctionDefaults.version
    if let field = root["version"] { version = field.text(expected: "a version, as 1.0.0") }
    var limit: Int? = FunctionDefaults.secondsLimit
    if let field = root["time_limit"] { limit = field.integer(in: 1...3600, of: " of seconds") }
    guard let kind else {
      root.refuseUnknown(allowed: [("keys", SectionKeys.function)])
      return nil
    }
    let article = kind == .optimizer ? "an" : "a"
    root.refuseUnknown(
      allowed: [("keys of \(article) \(kind.name)", SectionKeys.function(of: kind))])
    let place: ForeignFunction.Place?
    let tests: [ForeignFunction.SelfTest]?
    switch kind {
    case .scalingLaw:
      let (variables, parameters) = (readVariables(), readParameters())
      place = readLaw(variables, parameters)
      tests = readSelfTests(
        inputs: variables.flatMap { names in parameters.map { names + $0.map(\.name) } })
    case .optimizer: (place, tests) = readUpdate()
    default:
      place = readCurve(kind)
      tests = readSelfTests(inputs: ["progress"])
    }
    guard let name, let library, let version, let limit, let place, let tests else { return nil }
    return ForeignFunction(
      name: name, version: version, path: file, library: library, place: place, selfTests: tests,
      secondsLimit: limit)
  }

  private func readSchema() {
    guard let field = root.required("schema", "the version of the file's form, which is 1"),
      field.node.plainText != "1"
    else { return }
    field.reportMismatch(expected: "1, the only version of the file's form that is known here")
  }

  private func readName() -> String? {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    let suffix = ForeignFunction.fileSuffix
    let name = last.hasSuffix(suffix) ? String(last.dropLast(suffix.count)) : ""
    let isSound =
      !name.isEmpty && name.utf8.count <= 63
      && name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
      }
    if isSound { return name }
    findings.report(
      "the file must be called NAME\(suffix), with up to 63 lower-case letters, digits and hyphens "
        + "for the NAME that pipelines write; rename '\(last)'",
      at: start, path: "")
    return nil
  }

  private func readLibrary() -> ForeignFunction.Library? {
    let before = findings.count
    let field = root.required("library", "the shared library that has the function, as libmine.so")
    let name = field?.text(expected: "the name of a shared library")
    let isPortable =
      name?.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || $0.properties.numericType != nil
            || "._-".contains(
              Character($0)))
      } ?? true
    if let name, !isPortable || name.utf8.count > 80 || !name.contains(".so") {
      field?.report(
        "found '\(name)', expected the name of a file beside the manifest, as libmine.so: up to 80 "
          + "letters, digits, '.', '_' and '-' with '.so' in it, and no folder")
    }
    var isSystem: Bool? = false
    if let field = root["system"] { isSystem = field.boolean() }
    var digest: String?
    if let field = root["sha256"] {
      digest = field.node.text
      let isDigest =
        digest.map {
          $0.utf8.count == 64
            && $0.utf8.allSatisfy {
              (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
        } ?? false
      if !isDigest {
        field.reportMismatch(
          expected: "64 hexadecimal digits in lower case, as sha256sum prints them")
      }
    }
    guard findings.count == before, let name, let isSystem else { return nil }
    return ForeignFunction.Library(name: name, isSystem: isSystem, sha256: digest)
  }

  /// The law, where its variables and parameters are known.
  private func readLaw(
    _ variables: [String]?, _ parameters: [LawParameter]?
  ) -> ForeignFunction.Place? {
    guard let variables, let parameters else { return nil }
    let before = findings.count
    let binding = FunctionBinding(variables: variables, parameters: parameters.map(\.name))
    let loss = root.required(
      "function", "its declaration in C, as double loss(double N, double D, const double *theta)"
    ).flatMap { binding.callable($0, gives: .results) }
    var gradient: ForeignCallable?
    if let field = root["gradient"] {
      gradient = binding.callable(field, gives: .gradients)
      if loss?.givesGradients ?? false {
        field.report("the function gives derivatives already; remove this key or that argument")
      }
    }
    guard findings.count == before, let loss else { return nil }
    return .scalingLaw(
      ForeignFunction.Law(
        variables: variables, parameters: parameters, loss: loss, gradient: gradient))
  }

  private func readVariables() -> [String]? {
    guard let field = root["variables"] else { return FunctionDefaults.variables }
    guard let elements = field.elements(expected: "variables, as [N, D]") else { return nil }
    let names = elements.compactMap { $0.word(of: FunctionDefaults.variables) }
    if Set(names).count < names.count { field.report("a variable stands here twice; keep one") }
    return names.count == elements.count ? names : nil
  }

  private func readCurve(_ kind: PluginKind) -> ForeignFunction.Place? {
    let before = findings.count
    let function = root.required(
      "function", "its declaration in C, as double cos(double progress)"
    ).flatMap { FunctionBinding().callable($0, gives: .results) }
    let argument = readMap("argument")
    let result = readMap("result")
    guard findings.count == before, let function, let argument, let result else { return nil }
    let curve = ForeignFunction.Curve(function: function, argument: argument, result: result)
    return kind == .schedule ? .schedule(curve) : .dataMixer(curve)
  }

  /// A map `scale · x + offset`; it changes nothing if it is not there.
  private func readMap(_ key: String) -> ForeignFunction.AffineMap? {
    guard let field = root[key] else { return ForeignFunction.AffineMap() }
    let keys = SectionKeys.affineMap
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    var map = ForeignFunction.AffineMap()
    if let field = section["scale"] { map.scale = field.anyNumber() ?? 1 }
    if let field = section["offset"] { map.offset = field.anyNumber() ?? 0 }
    return map
  }
}

extension Field {
  /// Any finite number.
  func anyNumber() -> Double? {
    real(in: RealRange(-Double.infinity ... .infinity), percentages: false)
  }
}
