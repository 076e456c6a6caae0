public import PluginSDK

/// Hands the law to the host.
@c(cpt_replay_forgetting_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(ReplayForgetting.self, host, plugin, error)
}
