import PluginSDK

extension SectionKeys {
  /// All keys of a function manifest.
  static let function: [String] = functionHead + functionOfLaw + functionOfCurve + functionTail
  static let affineMap = ["scale", "offset"]
  static let functionParameter = ["role", "bounds", "unit"]

  /// The keys of a manifest that binds to one place.
  static func function(of kind: PluginKind) -> [String] {
    functionHead + (kind == .scalingLaw ? functionOfLaw : functionOfCurve) + functionTail
  }

  private static let functionHead = [
    "schema", "kind", "version", "library", "system", "sha256", "function",
  ]
  private static let functionOfLaw = ["gradient", "variables", "parameters"]
  private static let functionOfCurve = ["argument", "result"]
  private static let functionTail = ["self_tests", "time_limit"]
}
