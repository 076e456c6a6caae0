public import PluginSDK

/// Hands the mixer to the host.
@c(cpt_weighted_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportDataMixer(Weighted.self, host, plugin, error)
}
