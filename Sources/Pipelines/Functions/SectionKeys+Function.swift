import PluginSDK

extension SectionKeys {
  /// All keys of a function manifest.
  static let function: [String] =
    functionHead + functionOfLaw + functionOfCurve + functionOfUpdate + functionTail
  static let affineMap = ["scale", "offset"]
  static let functionParameter = ["role", "bounds", "unit"]
  static let functionOption = ["type", "range", "default", "help"]

  /// The keys of a manifest that binds to one place.
  static func function(of kind: PluginKind) -> [String] {
    let own =
      switch kind {
      case .scalingLaw: functionOfLaw
      case .optimizer: functionOfUpdate
      default: functionOfCurve
      }
    return functionHead + own + functionTail
  }

  private static let functionHead = [
    "schema", "kind", "version", "library", "system", "sha256", "function",
  ]
  private static let functionOfLaw = ["gradient", "variables", "parameters"]
  private static let functionOfCurve = ["argument", "result"]
  private static let functionOfUpdate = ["states", "options", "concurrency"]
  private static let functionTail = ["self_tests", "time_limit"]
}
