public import PluginSDK

/// Hands the law to the host.
@c(cpt_power_law_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(PowerLaw.self, host, plugin, error)
}
