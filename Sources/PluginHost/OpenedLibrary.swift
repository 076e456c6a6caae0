import CPluginABI
import Glibc
import PluginBridges
import PluginSDK

/// A plugin's library in this process: what was checked is what runs.
@safe
struct OpenedLibrary {
  let file: PluginFile
  let entry: cpt_plugin_entry

  /// Loads what was checked; it is never unloaded.
  ///
  /// - Throws: ``PluginHostError`` if the loader refuses, or the file was replaced meanwhile.
  init(_ checked: CheckedLibrary) throws(PluginHostError) {
    file = checked.file
    switch checked.content {
    case .sealed(let bytes, let copy):
      let library = try unsafe Self.load(
        "/proc/self/fd/\(bytes.descriptor)", file,
        hint:
          "; it is opened from memory, as its content is demanded, where '$ORIGIN' means nothing")
      // Libraries are known by their paths, and a later file that got the same number would be taken
      // for this one.
      copy?.keepForever()
      unsafe entry = try unsafe Self.entry(library, file)
    case .inPlace(let original):
      let library = try unsafe Self.load(file.path, file, hint: "")
      unsafe entry = try unsafe Self.entry(library, file)
      try unsafe Self.check(original, isWhatHolds: entry, file)
    }
  }

  /// Checks that a file was neither written nor replaced before it was mapped.
  private static func check(
    _ original: RandomAccessFile, isWhatHolds entry: cpt_plugin_entry, _ file: PluginFile
  ) throws(PluginHostError) {
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
