package import CPluginABI
package import PluginSDK

/// The host's services as the C table that plugins are given: the host's half.
///
/// The table and the services behind it live for ever, as the ABI promises.
@safe
package struct ExportedHostServices: Sendable {
  // Safe to share: the table is never written after this.
  package nonisolated(unsafe) let pointer: UnsafePointer<cpt_host>

  /// Makes the table; what it takes is never given back.
  ///
  /// - Parameters:
  ///   - services: What the table offers.
  ///   - isMinimal: Whether every member that may be null is null: the least host that there can be.
  package init(_ services: any HostServices, isMinimal: Bool = false) {
    let table = UnsafeMutablePointer<cpt_host>.allocate(capacity: 1)
    unsafe table.initialize(
      to: cpt_host(
        struct_size: MemoryLayout<cpt_host>.size, abi_major: UInt32(CPT_ABI_MAJOR),
        abi_minor: UInt32(CPT_ABI_MINOR),
        context: ExportedInstance<any HostServices>(services).retainedPointer(),
        log: { context, level, message in
          guard let services = try? unsafe ExportedInstance<any HostServices>.at(context),
            let text = try? unsafe String(message, "the log message")
          else { return }
          services.log(PluginLogLevel(rawValue: level) ?? .info, text.onOneLine)
        },
        is_cancelled: { context in
          guard let services = try? unsafe ExportedInstance<any HostServices>.at(context) else {
            return 0
          }
          return services.isCancelled ? 1 : 0
        },
        progress: { context, fraction, message in
          guard fraction.isFinite,
            let services = try? unsafe ExportedInstance<any HostServices>.at(context),
            let text = try? unsafe String(message, "the progress message")
          else { return }
          services.progress(min(max(fraction, 0), 1), text.onOneLine)
        },
        extension: { _, _ in nil }))
    if isMinimal {
      unsafe table.pointee.log = nil
      unsafe table.pointee.is_cancelled = nil
      unsafe table.pointee.progress = nil
      unsafe table.pointee.extension = nil
    }
    unsafe pointer = UnsafePointer(table)
  }
}
