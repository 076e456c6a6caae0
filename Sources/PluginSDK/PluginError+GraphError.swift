public import GraphLanguage

extension PluginError {
  /// Carries a graph's refusal on to the host, with the place that asked.
  public init(_ error: GraphError) { self.init(.invalidArgument, error.description) }
}
