public import PluginSDK

/// Hands the law to the host.
@c(cpt_farseer_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(Farseer.self, host, plugin, error)
}
