public import PluginSDK

/// Hands the architecture to the host.
@c(cpt_llama_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportArchitecture(Llama.self, host, plugin, error)
}
