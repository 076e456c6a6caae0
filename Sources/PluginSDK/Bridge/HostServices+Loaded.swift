import CPluginABI

/// The host's services behind the C table: the plugin's half.
@safe
struct LoadedHostServices: HostServices {
  // Safe to share: the header tags every function [concurrent] and the table never changes.
  private nonisolated(unsafe) let table: cpt_host

  /// Reads the table.
  ///
  /// - Throws: ``PluginError`` if the host speaks another major version of the ABI.
  init(_ host: UnsafePointer<cpt_host>?) throws(PluginError) {
    unsafe table = try unsafe readPrefixed(host, "cpt_host", orZero: cpt_host())
    guard unsafe table.abi_major == CPT_ABI_MAJOR else {
      throw PluginError(
        .unsupported,
        "the host speaks plugin ABI \(unsafe table.abi_major).\(unsafe table.abi_minor), this "
          + "plugin \(CPT_ABI_MAJOR).\(CPT_ABI_MINOR): rebuild it against the host's headers")
    }
  }

  func log(_ level: PluginLogLevel, _ message: String) {
    guard let log = unsafe table.log else { return }
    let arena = CArena()
    withExtendedLifetime(arena) { unsafe log(table.context, level.rawValue, arena.text(message)) }
  }

  var isCancelled: Bool {
    guard let isCancelled = unsafe table.is_cancelled else { return false }
    return unsafe isCancelled(table.context) != 0
  }

  func progress(_ fraction: Double, _ message: String) {
    guard let progress = unsafe table.progress else { return }
    let arena = CArena()
    withExtendedLifetime(arena) { unsafe progress(table.context, fraction, arena.text(message)) }
  }
}
