import Glibc
import PluginBridges
import PluginSDK

/// The library that a foreign function comes from, as it was found.
package struct ForeignLibrary: Hashable, Sendable {
  package let path: String
  /// The SHA-256 of the file, in hexadecimal.
  package let digest: String
  /// Whether it belongs to the system and not to the study.
  package let isSystem: Bool
}

/// A library that is open, never to be closed again.
@safe struct OpenLibrary {
  private let handle: UnsafeMutableRawPointer
  private let function: ForeignFunction

  /// The path of a library beside its manifest; nil if the loader has to look for it.
  static func path(of function: ForeignFunction) throws(PluginHostError) -> String? {
    guard !function.library.isSystem else { return nil }
    let folder = function.path.lastIndex(of: "/").map { String(function.path[...$0]) } ?? "./"
    let path = folder + function.library.name
    guard unsafe access(path, F_OK) == 0 else {
      throw function.error(
        .unreadable,
        "there is no library '\(function.library.name)' beside it, in '\(folder)': build it there, "
          + "or write 'system: true' for one that the loader knows")
    }
    // What is no library, or damaged, is told here and not by the loader.
    _ = try SharedLibrary(path: path)
    let findings = FileStamp(path: path).map { WritePermissions.findings(ofFile: path, $0) } ?? []
    guard findings.isEmpty else {
      throw function.error(
        .untrusted, findings.map(\.message).joined(separator: "; moreover "))
    }
    return path
  }

  /// Where the loader will most likely find a library of the system; nil if it is nowhere usual.
  ///
  /// The loader's own list is in a cache that only it reads; so the folders are looked into that it
  /// would try first, with that of the C library among them.
  static func systemPath(of name: String) -> String? {
    var folders =
      unsafe getenv("LD_LIBRARY_PATH").map { unsafe String(cString: $0) }?
      .split(separator: ":").map(String.init) ?? []
    if let function = unsafe dlsym(nil, "getpid"),
      let path = file(mappedAt: UInt(bitPattern: function)), let slash = path.lastIndex(of: "/")
    {
      folders.append(String(path[..<slash]))
    }
    folders += ["/usr/local/lib", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    return folders.map { "\($0)/\(name)" }.first { unsafe access($0, R_OK) == 0 }
  }

  /// Opens the library of a function; constructors in it run.
  init(_ function: ForeignFunction) throws(PluginHostError) {
    let path = try Self.path(of: function)
    self.function = function
    guard
      let handle = unsafe dlopen(
        path ?? function.library.name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
    else {
      throw function.error(
        .unloadable, "the library '\(function.library.name)' cannot be opened: \(loaderError())")
    }
    unsafe self.handle = unsafe handle
  }

  /// The address of a function in it.
  func symbol(_ name: String) throws(PluginHostError) -> UnsafeMutableRawPointer {
    guard let symbol = unsafe dlsym(handle, name) else {
      throw function.missing(name)
    }
    return unsafe symbol
  }

  /// The file that the library was opened from, checked against the manifest's hash.
  func file(of symbol: UnsafeMutableRawPointer) throws(PluginHostError) -> ForeignLibrary {
    let path = try Self.path(of: function)
    let address = UInt(bitPattern: symbol)
    guard let path = path ?? Self.file(mappedAt: address) else {
      throw function.error(
        .unreadable, "nobody knows which file '\(function.library.name)' was opened from")
    }
    return ForeignLibrary(
      path: path, digest: try Self.checkedDigest(of: path, for: function),
      isSystem: function.library.isSystem)
  }

  /// The file that is mapped where an address lies, as proc(5) lists it.
  private static func file(mappedAt address: UInt) -> String? {
    let descriptor = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // The file has no size to go by: it is read to its end.
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = unsafe read(descriptor, &part, part.count), count > 0 {
      bytes += part.prefix(count)
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      // start-end, permissions, offset, device, inode, path
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      let range = fields.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
      guard fields.count == 6, range.count == 2, (range[0]..<range[1]).contains(address)
      else { continue }
      return fields[5].drop { $0 == " " }.description
    }
    return nil
  }

  /// The hash of a library's file, which must be the manifest's if it states one.
  static func checkedDigest(
    of path: String, for function: ForeignFunction
  ) throws(PluginHostError) -> String {
    let digest = try RandomAccessFile(path: path).digest()
    if let expected = function.library.sha256, expected != digest {
      throw function.error(
        .refused,
        "the library '\(path)' has the SHA-256 \(digest), but the manifest demands \(expected): put "
          + "that library back, or check the new one and write its hash under 'sha256'")
    }
    return digest
  }
}

extension ForeignFunction {
  /// What is said where the library lacks a function.
  func missing(_ symbol: String) -> PluginHostError {
    error(
      .unloadable,
      "the library '\(library.name)' has no function '\(symbol)': check the spelling "
        + "(nm -D lists what it has), and in C++ write extern \"C\", in Fortran bind(C)")
  }

  /// An error about the function, at a line of its manifest where one is to blame.
  func error(
    _ code: PluginHostError.Code, line: Int? = nil, _ message: String
  ) -> PluginHostError {
    let place = line.map { "\(path):\($0)" } ?? path
    return PluginHostError(code, "function '\(name)' at '\(place)': \(message)")
  }
}
