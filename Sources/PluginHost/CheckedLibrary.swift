import Glibc
import PluginBridges
import PluginSDK

/// A plugin's library that is open, inspected and judged, and of which no code has run.
///
/// **With a pin or a required signature** the file is read once, into memory that is then sealed. Those
/// bytes are hashed, compared and inspected, and the dynamic loader maps them and no others, by
/// `/proc/self/fd/N`. Nothing that happens to the file meanwhile matters.
///
/// **Without** the loader opens the path, as it does for every library. So `$ORIGIN` in the library's
/// search path means its folder, and debuggers and back-traces show a file that is there; a library
/// in memory has neither, which is why it is not the way for all. What is promised then is that the
/// digest which a run notes is that of the code which ran: the file is opened first, hashed and
/// inspected through that descriptor, and after loading it must neither have been written nor be
/// another than the one that was mapped. A replaced file is an error, though its initializers may
/// have run by then; nobody but those whom ``WritePermissions`` trusts could replace it.
///
/// A worker is handed the descriptor of either, so that nothing is hashed twice: sealed memory stays
/// sealed, and of a file the stamp must still be that of before it was hashed.
struct CheckedLibrary {
  let file: PluginFile
  let content: Content

  /// What the loader is given.
  enum Content {
    case inPlace(RandomAccessFile)
    case sealed(DescriptorBytes, SealedCopy?)
  }

  /// Opens and checks a file.
  ///
  /// - Parameters:
  ///   - found: What the search found; the file must still say the same of itself.
  ///   - policy: What is demanded of it.
  /// - Returns: The library, and the SHA-256 of what was opened, in hexadecimal.
  /// - Throws: ``PluginHostError`` if it is not what was found or demanded.
  static func opening(
    _ found: PluginFile, policy: PluginPolicy
  ) throws(PluginHostError) -> (library: CheckedLibrary, digest: String) {
    let original = try RandomAccessFile(path: found.path)
    guard policy.demandsContent(of: found.identity) else {
      original.settle()
      let file = try PluginInspection(original).file().checked(against: found)
      return (CheckedLibrary(file: file, content: .inPlace(original)), try original.digest())
    }
    let copy = try SealedCopy(of: original)
    var inspection = PluginInspection(copy.bytes, path: found.path)
    inspection.findings += WritePermissions.findings(ofFile: found.path, original.stamp)
    let file = try inspection.file().checked(against: found)
    try policy.check(file, digest: copy.digest)
    return (CheckedLibrary(file: file, content: .sealed(copy.bytes, copy)), copy.digest)
  }

  private init(file: PluginFile, content: Content) {
    self.file = file
    self.content = content
  }

  /// In a worker: what its host has checked and hands over.
  ///
  /// - Parameters:
  ///   - path: What messages call it.
  ///   - descriptor: Open for as long as this process lives.
  ///   - stamp: That of a file in place; nil for sealed memory.
  /// - Throws: ``PluginHostError`` if it cannot be read.
  init(
    path: String, descriptor: CInt, stamp: FileStamp?
  ) throws(PluginHostError) {
    if let stamp {
      let original = RandomAccessFile(path: path, descriptor: descriptor, stamp: stamp)
      file = try PluginInspection(original, path: path).file()
      content = .inPlace(original)
    } else {
      guard let size = FileStamp(descriptor: descriptor)?.byteCount else {
        throw PluginHostError(.unreadable, "'\(path)' was not handed over: \(systemError())")
      }
      let bytes = DescriptorBytes(
        descriptor: descriptor, byteCount: UInt64(clamping: size), path: path)
      file = try PluginInspection(bytes, path: path).file()
      content = .sealed(bytes, nil)
    }
  }

  /// What a worker is handed.
  var descriptor: CInt {
    switch content {
    case .inPlace(let file): file.descriptor
    case .sealed(let bytes, _): bytes.descriptor
    }
  }

  /// That of a file in place before it was hashed; nil for sealed memory.
  var stamp: FileStamp? {
    guard case .inPlace(let file) = content else { return nil }
    return file.stamp
  }
}

extension PluginFile {
  /// The plugin as messages call it.
  var title: String { "plugin '\(identity.name)' at '\(path)'" }

  /// This file, if it is still what the search found.
  fileprivate func checked(against found: PluginFile) throws(PluginHostError) -> PluginFile {
    guard self == found else {
      throw PluginHostError(
        .untrusted,
        "\(found.title) is another plugin now than when its folder was searched, \(identity.kind.name) "
          + "'\(identity.name)' \(identity.version): run it again when nobody writes there any more"
      )
    }
    return self
  }
}
