public import CPluginABI

/// Where a function of the C ABI stores its error object.
public typealias CErrorSlot = UnsafeMutablePointer<UnsafeMutablePointer<cpt_error>?>
/// How a function of the C ABI ends.
public typealias CStatus = cpt_status

extension PluginError {
  /// Stores the error as an object of the C ABI, which the receiver releases.
  ///
  /// - Returns: The status to return.
  func store(in slot: CErrorSlot?) -> cpt_status {
    guard let slot = unsafe slot else { return status.rawValue }
    let arena = CArena()
    let object = UnsafeMutablePointer<cpt_error>.allocate(capacity: 1)
    unsafe object.initialize(
      to: cpt_error(
        struct_size: MemoryLayout<cpt_error>.size, status: status.rawValue,
        message: arena.text(message), context: Unmanaged.passRetained(arena).toOpaque(),
        release: { object in
          guard let object = unsafe object else { return }
          if let context = unsafe object.pointee.context {
            unsafe Unmanaged<CArena>.fromOpaque(context).release()
          }
          unsafe object.deallocate()
        }))
    unsafe slot.pointee = object
    return status.rawValue
  }
}

/// Runs the body of a C function, turning an error that it throws into a status and an object.
package func answer(
  _ slot: CErrorSlot?, _ body: () throws(PluginError) -> Void
) -> cpt_status {
  do throws(PluginError) {
    try body()
    return cpt_status(CPT_OK)
  } catch {
    return unsafe error.store(in: slot)
  }
}

/// Calls a C function and turns its status and error object into a thrown error: the plugin's half.
///
/// - Parameters:
///   - function: The function's name in the ABI, for messages.
///   - call: Makes the call with the error slot it is given; nil if there is no such function.
/// - Throws: ``PluginError`` with the callee's own words where it gave some.
func checked(
  _ function: StaticString, _ call: (CErrorSlot) -> cpt_status?
) throws(PluginError) {
  var object: UnsafeMutablePointer<cpt_error>?
  let code = unsafe call(&object)
  try unsafe judge(function, code, object) { $0() }
}

/// Says how a call of the other side ended.
///
/// - Parameters:
///   - function: The function's name in the ABI, for messages.
///   - code: What it returned; nil if there is no such function.
///   - object: The error that it stored, which is released.
///   - release: Runs the other side's code that releases it.
/// - Throws: ``PluginError`` with the callee's own words where it gave some.
package func judge(
  _ function: StaticString, _ code: cpt_status?, _ object: UnsafeMutablePointer<cpt_error>?,
  releasing release: (() -> Void) -> Void
) throws(PluginError) {
  let message = unsafe take(object, releasing: release)
  guard let code else { throw PluginError(.internal, "its table has no '\(function)'") }
  guard code != cpt_status(CPT_OK) else { return }
  guard let status = PluginStatus(rawValue: code) else {
    throw PluginError(
      .unknown,
      message ?? "\(function) returned the status \(code), which the ABI does not know")
  }
  throw PluginError(
    status, message ?? "\(function) failed with the status '\(status)' \(PluginError.noReason)")
}

extension PluginError {
  /// How a message ends that stands for one which the callee did not give.
  fileprivate static let noReason = "and gave no reason"

  /// Whether the callee failed without a message of its own.
  package var gaveNoReason: Bool { message.hasSuffix(Self.noReason) }
}

/// Copies the message of an error object and releases it; nil if there is none.
private func take(
  _ object: UnsafeMutablePointer<cpt_error>?, releasing run: (() -> Void) -> Void
) -> String? {
  guard let object = unsafe object else { return nil }
  guard
    let copy = try? unsafe readPrefixed(
      UnsafePointer(object), "the error object", orZero: cpt_error())
  else { return "failed, and its error object cannot be read" }
  let message: String
  do throws(PluginError) {
    message = try unsafe String(copy.message, "its message").onOneLine
  } catch {
    message = "failed, and \(error.message)"
  }
  if let release = unsafe copy.release { run { unsafe release(object) } }
  return message.isEmpty ? nil : message
}
