public import PluginSDK

/// Hands the optimizer to the host.
@c(cpt_sgd_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportOptimizer(SGD.self, host, plugin, error)
}
