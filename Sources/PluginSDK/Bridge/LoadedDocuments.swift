import CPluginABI

/// Documents that the host gives: the plugin's half.
///
/// They are valid while the call that brought them runs.
@safe
final class LoadedDocuments: DocumentSource {
  private let table: cpt_documents

  init(_ documents: UnsafePointer<cpt_documents>?) throws(PluginError) {
    unsafe table = try unsafe readPrefixed(documents, "cpt_documents", orZero: cpt_documents())
  }

  var byteCount: Int { Int(clamping: unsafe table.byte_count) }

  func next() throws(PluginError) -> [UInt8]? {
    var document = unsafe cpt_text()
    let code = unsafe table.next?(table.context, &document)
    guard code == cpt_status(CPT_OK) else {
      throw PluginError(
        code.flatMap { PluginStatus(rawValue: $0) } ?? .unknown,
        "the host could not give the next document")
    }
    guard let data = unsafe document.data else { return nil }
    let count = unsafe document.length
    guard count >= 0 else {
      throw PluginError(.internal, "the host gave a document of impossible length")
    }
    return unsafe Array(UnsafeRawBufferPointer(start: data, count: count))
  }
}
