public import PluginSDK

/// Hands the optimizer to the host.
@c(cpt_adamw_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportOptimizer(AdamW.self, host, plugin, error)
}
