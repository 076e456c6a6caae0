public import PluginSDK

/// Hands the law to the host.
@c(cpt_hernandez_transfer_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(HernandezTransfer.self, host, plugin, error)
}
