package import PluginSDK

/// Something that may be said of all plugins, of those of a kind, and of single ones.
package struct PluginChoice<Value: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
  /// What holds for plugins of which nothing else is said; nil for the host's own way.
  package var all: Value?
  package var ofKinds: [PluginKind: Value]
  /// By name; this counts before the kind.
  package var ofPlugins: [String: Value]

  package init(
    all: Value? = nil, ofKinds: [PluginKind: Value] = [:], ofPlugins: [String: Value] = [:]
  ) {
    self.all = all
    self.ofKinds = ofKinds
    self.ofPlugins = ofPlugins
  }

  /// What holds for a plugin; nil if nothing was said.
  package func value(of kind: PluginKind, named name: String) -> Value? {
    ofPlugins[name] ?? ofKinds[kind] ?? all
  }
}
