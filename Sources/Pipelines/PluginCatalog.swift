package import PluginSDK

/// What a pipeline is checked against: the options of the plugins that can be found.
package protocol PluginCatalog {
  /// The names of all plugins that can be found; nil if the catalog cannot tell them.
  var pluginNames: [String]? { get }

  /// Why each file was refused that might have been a plugin.
  var refusals: [String] { get }

  /// Returns what a plugin's options may be.
  ///
  /// - Throws: An error whose description says where the plugin was looked for and what was found.
  func options(of kind: PluginKind, named name: String) throws -> [OptionDeclaration]

  /// Returns the names of a scaling law's terms, or nil if the catalog cannot tell them.
  ///
  /// - Throws: An error whose description says why the plugin refused its options.
  func terms(ofLaw name: String, options: OptionValues) throws -> [String]?

  /// Asks a data mixer whether its options go together, each of them being allowed.
  ///
  /// - Throws: An error whose description says why the plugin refused its options.
  func check(dataMixer name: String, options: OptionValues) throws
}

extension PluginCatalog {
  package var pluginNames: [String]? { nil }
  package var refusals: [String] { [] }
  package func terms(ofLaw name: String, options: OptionValues) throws -> [String]? { nil }
  package func check(dataMixer name: String, options: OptionValues) throws {}
}
