public import PluginSDK

/// Hands the architecture to the host.
@c(cpt_gpt2_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportArchitecture(GPT2.self, host, plugin, error)
}
