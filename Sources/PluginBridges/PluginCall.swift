import CPluginABI
import CPluginCalls
package import PluginSDK

/// A plugin as the report of a crash names it.
@safe
package final class PluginCallSubject: Sendable {
  // Safe to share: the texts are never written after init.
  private nonisolated(unsafe) let arena = CArena()
  // Safe to share: after init only the functions of C touch what it points to.
  nonisolated(unsafe) let pointer: UnsafeMutablePointer<plugin_call_subject>

  /// Names a plugin.
  ///
  /// - Parameters:
  ///   - identity: What its record says.
  ///   - path: Its file, if it has one.
  ///   - entry: An address in its code, once it has some.
  package init(_ identity: PluginIdentity, path: String?, entry: UnsafeRawPointer? = nil) {
    let arena = unsafe self.arena
    unsafe pointer = UnsafeMutablePointer(
      mutating: arena.value(
        plugin_call_subject(
          name: arena.terminated(identity.name), kind: arena.terminated(identity.kind.name),
          version: arena.terminated(identity.version),
          path: unsafe path.flatMap { unsafe arena.terminated($0) }, entry: entry, gate: 0,
          end_count: 0, alone_thread: nil)))
    unsafe plugin_call_subject_prepare(pointer, identity.concurrency == .concurrent ? 0 : 1)
  }

  /// Runs code of the plugin, on record under the plugin's name until it returns.
  ///
  /// - Parameters:
  ///   - function: What is called.
  ///   - call: Makes the call.
  /// - Returns: What the call returns.
  /// - Throws: What the call throws.
  package func running<Result, Failure: Error>(
    _ function: StaticString, _ call: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let visit = unsafe plugin_call_begin(pointer, function.terminated)
    defer { unsafe plugin_call_end(visit) }
    return try call()
  }
}

/// Runs one function of a plugin's table, on record under its name in the ABI.
///
/// The name stays until the next one: what follows looks at what that function gave.
@inline(__always)
func calling<Result>(_ function: StaticString, _ call: () -> Result) -> Result {
  unsafe plugin_call_name(function.terminated)
  return call()
}

/// Calls a C function of a plugin, on record, and turns its status and error object into a thrown
/// error.
///
/// - Parameters:
///   - function: The function's name in the ABI, for messages.
///   - call: Makes the call with the error slot it is given; nil if there is no such function.
/// - Throws: ``PluginError`` with the plugin's own words where it gave some.
@inline(__always)
func checked(
  _ function: StaticString, _ call: (CErrorSlot) -> cpt_status?
) throws(PluginError) {
  var object: UnsafeMutablePointer<cpt_error>?
  let code = calling(function) { unsafe call(&object) }
  if code == cpt_status(CPT_OK), unsafe object == nil { return }
  try unsafe judge(function, code, object) { release in calling("cpt_error.release", release) }
}

extension StaticString {
  /// The text as C reads it.
  @inline(__always) fileprivate var terminated: UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

extension CArena {
  /// A copy of a text with a zero at its end.
  fileprivate func terminated(_ text: String) -> UnsafePointer<CChar>? {
    unsafe array(text.utf8.map { CChar(bitPattern: $0) } + [0])
  }
}
