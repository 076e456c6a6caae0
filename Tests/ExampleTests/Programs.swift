import Foundation
import TestFolders

/// Compilers and build tools of the machine, which may be missing.
enum Programs {
  static let make = find("make")
  static let cargo = find("cargo")
  static let swift = find("swift")
  static let c = find("cc")
  static let cpp = find("c++")

  private static func find(_ name: String) -> URL? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return folders.split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false)) }
  }
}

/// A plugin that `cpt-host plugins new` writes, and its author builds.
struct NewPlugin {
  static let kinds = ["tokenizer", "architecture", "optimizer", "data-mixer", "scaling-law"]

  let name: String
  let kind: String

  init(kind: String, language: String) {
    self.kind = kind
    name = "my-\(kind)-in-\(language)"
  }

  /// The name as Rust's files have it.
  var symbol: String { name.split(separator: "-").joined(separator: "_") }

  /// Whether a host reads and loads the library that lies in a folder.
  func isLoaded(from library: String) throws -> Bool {
    let inspected = try HostProcess.run(["plugins", "inspect", library])
    let folder = URL(filePath: library).deletingLastPathComponent().path(percentEncoded: false)
    let loaded = try HostProcess.run(["plugins", "options", name, folder])
    return inspected.status == 0 && inspected.output.contains(kind)
      && loaded.status == 0 && loaded.output.contains("\(name), \(kind)")
  }

  /// What `cpt-host plugins check` says of a library that does not keep every law; nil if it does.
  static func breach(of library: String) throws -> String? {
    let checked = try HostProcess.run(["plugins", "check", library])
    return checked.status == 0 ? nil : checked.output + checked.errors
  }
}
