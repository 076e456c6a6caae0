public import PluginSDK

/// Hands the tokenizer to the host.
@c(cpt_bytes_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportTokenizer(ByteTokenizer.self, host, plugin, error)
}
