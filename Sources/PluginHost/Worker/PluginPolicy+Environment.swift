package import PluginBridges
import PluginSDK

extension PluginPolicy {
  /// The variable that says where plugins run that a pipeline does not tell where to run.
  package static let isolationVariable = "CPT_HOST_ISOLATION"

  /// This policy with what the environment says.
  ///
  /// - Throws: ``PluginHostError`` if the variable holds another word than those allowed.
  package func with(environment: [String: String]) throws(PluginHostError) -> PluginPolicy {
    guard let word = environment[Self.isolationVariable] else { return self }
    guard let isolation = PluginIsolation(rawValue: word) else {
      let allowed = PluginIsolation.allCases.map(\.rawValue).joined(separator: " and ")
      throw PluginHostError(
        .refused,
        "\(Self.isolationVariable) is '\(word)' in the environment; \(allowed) are allowed")
    }
    var policy = self
    policy.isolation.all = policy.isolation.all ?? isolation
    return policy
  }
}
