import CPluginABI

/// Documents on their way to a plugin: the host's half.
@safe
final class ExportedDocuments {
  private let source: any DocumentSource
  private var document: UnsafeMutableBufferPointer<UInt8>?
  /// What the host's own source threw, which explains better than the plugin can.
  private(set) var failure: PluginError?

  init(_ source: any DocumentSource) { self.source = source }

  deinit { unsafe document?.deallocate() }

  /// Runs a call that reads the documents.
  func withTable<Result>(_ call: (UnsafePointer<cpt_documents>) -> Result) -> Result {
    var table = unsafe cpt_documents(
      struct_size: MemoryLayout<cpt_documents>.size,
      context: Unmanaged.passUnretained(self).toOpaque(), byte_count: UInt64(source.byteCount),
      next: { context, result in
        guard let context = unsafe context, let result = unsafe result else {
          return PluginStatus.invalidArgument.rawValue
        }
        return unsafe Unmanaged<ExportedDocuments>.fromOpaque(context).takeUnretainedValue()
          .next(into: result)
      })
    return withExtendedLifetime(self) { unsafe call(&table) }
  }

  private func next(into result: UnsafeMutablePointer<cpt_text>) -> cpt_status {
    unsafe document?.deallocate()
    unsafe document = nil
    do throws(PluginError) {
      guard let bytes = try source.next() else {
        unsafe result.pointee = cpt_text()
        return cpt_status(CPT_OK)
      }
      // One byte at least: an empty document has an address, the end has none.
      let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
      _ = unsafe copy.update(fromContentsOf: bytes)
      unsafe document = copy
      unsafe result.pointee = cpt_text(
        data: UnsafeRawPointer(copy.baseAddress)?.assumingMemoryBound(to: CChar.self),
        length: bytes.count)
      return cpt_status(CPT_OK)
    } catch {
      failure = error
      return error.status.rawValue
    }
  }
}

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
