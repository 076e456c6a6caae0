public import PluginSDK

/// Hands the tokenizer to the host.
@c(cpt_byte_pair_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportTokenizer(BytePairTokenizer.self, host, plugin, error)
}
