import CPluginABI
import Glibc
import PluginSDK

/// A plugin's library in this process: what was checked is what runs.
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
@safe
struct OpenedLibrary {
  let file: PluginFile
  /// The SHA-256 of what was opened, in hexadecimal.
  let digest: String
  let entry: cpt_plugin_entry

  /// Checks a file and opens it.
  ///
  /// - Parameters:
  ///   - found: What the search found; the file must still say the same of itself.
  ///   - policy: What is demanded of it.
  ///   - known: The digest that whoever asks for it has found before; nil if it has none.
  /// - Throws: ``PluginHostError`` if it is not what was found or demanded, or the loader refuses.
  init(
    _ found: PluginFile, policy: PluginPolicy, digest known: String? = nil
  ) throws(PluginHostError) {
    let file = try RandomAccessFile(path: found.path)
    if policy.demandsContent(of: found.identity) {
      try self.init(found, sealing: file, policy: policy)
    } else {
      try self.init(found, inPlace: file, digest: known)
    }
  }

  private init(
    _ found: PluginFile, sealing original: RandomAccessFile, policy: PluginPolicy
  ) throws(PluginHostError) {
    let copy = try SealedCopy(of: original)
    // Once the loader knows the library, the descriptor stays open for good: libraries are known by
    // their paths, and a later file that got the same number would be taken for this one.
    var isKnownToLoader = false
    do throws(PluginHostError) {
      var inspection = PluginInspection(copy.bytes, path: found.path)
      inspection.findings += WritePermissions.findings(ofFile: found.path, original.stamp)
      file = try inspection.file().checked(against: found)
      digest = copy.digest
      try policy.check(file, digest: digest)
      let library = try unsafe Self.load(
        "/proc/self/fd/\(copy.descriptor)", file,
        hint:
          "; it is opened from memory, as its content is demanded, where '$ORIGIN' means nothing")
      isKnownToLoader = true
      unsafe entry = try unsafe Self.entry(library, file)
    } catch {
      if !isKnownToLoader { copy.close() }
      throw error
    }
  }

  private init(
    _ found: PluginFile, inPlace original: RandomAccessFile, digest known: String?
  ) throws(PluginHostError) {
    original.settle()
    file = try PluginInspection(original).file().checked(against: found)
    digest = try original.digest()
    guard known == nil || known == digest else {
      throw PluginHostError(
        .untrusted,
        "\(file.title) was written or replaced since it was checked: run it again when nobody writes "
          + "there any more")
    }
    let library = try unsafe Self.load(file.path, file, hint: "")
    unsafe entry = try unsafe Self.entry(library, file)
    guard original.isUnchanged else {
      throw PluginHostError(
        .untrusted,
        "\(file.title) was written or replaced while it was loaded: run it again when nobody writes "
          + "there any more")
    }
    guard try unsafe MappedFiles.isMapped(original, at: unsafeBitCast(entry, to: UInt.self)) else {
      throw PluginHostError(
        .untrusted,
        "\(file.title) is not the file that was loaded from there: it was replaced since, or an "
          + "older one is still loaded in this process; run it again")
    }
  }

  private static func load(
    _ path: String, _ file: PluginFile, hint: String
  ) throws(PluginHostError) -> UnsafeMutableRawPointer {
    let subject = unsafe PluginCallSubject(file.identity, path: file.path)
    // A Swift library must stay: once one is gone, the next search for a conformance crashes.
    let opened = unsafe subject.running("its constructors") {
      unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
    }
    if let library = unsafe opened { return unsafe library }
    let needed = file.needed.isEmpty ? "nothing" : file.needed.joined(separator: ", ")
    throw PluginHostError(
      .unloadable,
      "\(file.title) cannot be opened: \(loaderError()); it needs \(needed)\(hint)")
  }

  private static func entry(
    _ library: UnsafeMutableRawPointer, _ file: PluginFile
  ) throws(PluginHostError) -> cpt_plugin_entry {
    guard let symbol = unsafe dlsym(library, file.identity.entry) else {
      throw PluginHostError(
        .unloadable,
        "\(file.title) does not export '\(file.identity.entry)', which its record names as its "
          + "entry function: export it with C linkage")
    }
    return unsafe unsafeBitCast(symbol, to: cpt_plugin_entry.self)
  }
}

/// What the dynamic loader last complained of.
func loaderError() -> String {
  guard let text = unsafe dlerror() else { return "no reason given" }
  return unsafe String(cString: text)
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
