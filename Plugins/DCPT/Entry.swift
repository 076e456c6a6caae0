public import PluginSDK

/// Hands the law to the host.
@c(cpt_d_cpt_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(DCPT.self, host, plugin, error)
}
