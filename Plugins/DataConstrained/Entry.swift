public import PluginSDK

/// Hands the law to the host.
@c(cpt_data_constrained_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(DataConstrained.self, host, plugin, error)
}
