public import PluginSDK

/// Hands the law to the host.
@c(cpt_kaplan_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(Kaplan.self, host, plugin, error)
}
