import CPluginABI
import PluginSDK

/// Documents on their way to a plugin: the host's half.
@safe
final class ExportedDocuments {
  private static let tables = unsafe TableLender<ExportedDocuments, cpt_documents>()

  private let source: any DocumentSource
  private var hasEnded = false
  private var document: UnsafeMutableBufferPointer<UInt8>?
  /// What the host's own source threw, which explains better than the plugin can.
  private(set) var failure: PluginError?

  init(_ source: any DocumentSource) { self.source = source }

  deinit { unsafe document?.deallocate() }

  /// Runs a call that reads the documents.
  func withTable<Result>(_ call: (UnsafePointer<cpt_documents>) -> Result) -> Result {
    let byteCount = UInt64(source.byteCount)
    return unsafe Self.tables.lend(of: self) { context in
      unsafe cpt_documents(
        struct_size: MemoryLayout<cpt_documents>.size, context: context, byte_count: byteCount,
        next: { context, result in
          answer(nil) { () throws(PluginError) in
            try unsafe TableLender<ExportedDocuments, cpt_documents>.owner(at: context) {
              documents throws(PluginError) in
              try unsafe documents.next(into: result)
            }
          }
        })
    } to: { table in
      unsafe call(table)
    }
  }

  private func next(into result: UnsafeMutablePointer<cpt_text>?) throws(PluginError) {
    guard let result = unsafe result else {
      throw PluginError(.invalidArgument, "the result is null")
    }
    unsafe document?.deallocate()
    unsafe document = nil
    guard let bytes = try nextOfSource() else {
      unsafe result.pointee = cpt_text()
      return
    }
    // One byte at least: an empty document has an address, the end has none.
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
    _ = unsafe copy.update(fromContentsOf: bytes)
    unsafe document = copy
    unsafe result.pointee = cpt_text(
      data: UnsafeRawPointer(copy.baseAddress)?.assumingMemoryBound(to: CChar.self),
      length: bytes.count)
  }

  /// The next document; whoever reads on after the last one does not trouble the source again.
  private func nextOfSource() throws(PluginError) -> [UInt8]? {
    guard !hasEnded else { return nil }
    do throws(PluginError) {
      let bytes = try source.next()
      hasEnded = bytes == nil
      return bytes
    } catch {
      failure = error
      throw error
    }
  }
}
