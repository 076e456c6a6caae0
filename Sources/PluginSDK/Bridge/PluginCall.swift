import CPluginCalls

/// A plugin as the report of a crash names it.
@safe
package final class PluginCallSubject: Sendable {
  // Safe to share: the texts are never written after init.
  private nonisolated(unsafe) let arena = CArena()
  private nonisolated(unsafe) let subject: UnsafePointer<plugin_call_subject>

  /// Names a plugin.
  ///
  /// - Parameters:
  ///   - identity: What its record says.
  ///   - path: Its file, if it has one.
  ///   - entry: An address in its code, once it has some.
  package init(_ identity: PluginIdentity, path: String?, entry: UnsafeRawPointer? = nil) {
    let arena = unsafe self.arena
    unsafe subject = arena.value(
      plugin_call_subject(
        name: arena.terminated(identity.name), kind: arena.terminated(identity.kind.name),
        version: arena.terminated(identity.version),
        path: unsafe path.flatMap { unsafe arena.terminated($0) }, entry: entry))
  }

  /// Runs code of the plugin, on record under the plugin's name until it returns.
  ///
  /// - Parameters:
  ///   - function: What is called; nil if ``calling(_:_:)`` says it later.
  ///   - call: Makes the call.
  /// - Returns: What the call returns.
  /// - Throws: What the call throws.
  /// - Returns: What the call returns.
  /// - Throws: What the call throws.
  package func running<Result, Failure: Error>(
    _ function: StaticString? = nil, _ call: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = unsafe plugin_call_exchange(
      plugin_call(plugin: subject, function: function?.terminated))
    defer { _ = unsafe plugin_call_exchange(outer) }
    return try call()
  }
}

/// Runs one function of the other side's table, on record under its name in the ABI.
func calling<Result>(_ function: StaticString, _ call: () -> Result) -> Result {
  let outer = unsafe plugin_call_current()
  _ = unsafe plugin_call_exchange(
    plugin_call(plugin: outer.plugin, function: function.terminated))
  defer { _ = unsafe plugin_call_exchange(outer) }
  return call()
}

extension StaticString {
  /// The text as C reads it.
  fileprivate var terminated: UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

extension CArena {
  /// A copy of a text with a zero at its end.
  fileprivate func terminated(_ text: String) -> UnsafePointer<CChar>? {
    unsafe array(text.utf8.map { CChar(bitPattern: $0) } + [0])
  }
}
