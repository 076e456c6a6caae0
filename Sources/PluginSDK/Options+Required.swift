/// Values that a declaration promises: an option that is required or has a default is there.
extension OptionValues {
  /// The value of a boolean option.
  ///
  /// - Throws: ``PluginError`` if it is absent or of another type.
  public func requiredBoolean(_ name: String) throws(PluginError) -> Bool {
    try required(boolean(name), name)
  }

  /// The value of an integer option.
  ///
  /// - Throws: ``PluginError`` if it is absent or of another type.
  public func requiredInteger(_ name: String) throws(PluginError) -> Int {
    try required(integer(name), name)
  }

  /// The value of a real option.
  ///
  /// - Throws: ``PluginError`` if it is absent or of another type.
  public func requiredReal(_ name: String) throws(PluginError) -> Double {
    try required(real(name), name)
  }

  /// The value of a text, choice or corpus option.
  ///
  /// - Throws: ``PluginError`` if it is absent or of another type.
  public func requiredText(_ name: String) throws(PluginError) -> String {
    try required(text(name), name)
  }

  /// The value of a shares option.
  ///
  /// - Throws: ``PluginError`` if it is absent or of another type.
  public func requiredShares(_ name: String) throws(PluginError) -> [CorpusShare] {
    try required(shares(name), name)
  }

  private func required<Value>(_ value: Value?, _ name: String) throws(PluginError) -> Value {
    guard let value else {
      throw PluginError(.invalidArgument, "the option '\(name)' is missing or of another type")
    }
    return value
  }
}
