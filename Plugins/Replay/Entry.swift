public import PluginSDK

/// Hands the mixer to the host.
@c(cpt_replay_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportDataMixer(Replay.self, host, plugin, error)
}
