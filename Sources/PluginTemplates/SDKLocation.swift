import Foundation

/// Where a Swift plugin's package finds `PluginSDK`.
package enum SDKLocation: Hashable, Sendable {
  /// The absolute path of a source tree.
  case path(String)
  /// A repository, from a version on.
  case url(String, version: String)

  /// Reads what a user writes: a URL, or the path of a folder with this package's manifest.
  ///
  /// - Throws: ``PluginProjectError`` if no package lies there.
  package init(argument: String, version: String) throws(PluginProjectError) {
    if argument.contains("://") || argument.hasPrefix("git@") {
      self = .url(argument, version: version)
      return
    }
    let folder = URL(filePath: argument).standardizedFileURL
    let manifest = folder.appending(path: "Package.swift").path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: manifest) else {
      throw PluginProjectError(
        .wrongSDK,
        "there is no '\(manifest)': name the folder of cpt-host's sources, or the URL of their "
          + "repository")
    }
    let path = folder.path(percentEncoded: false)
    self = .path(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
  }

  /// The dependency as a manifest writes it.
  var dependency: String {
    switch self {
    case .path(let path): ".package(name: \"cpt-host\", path: \(literal(path)))"
    case .url(let url, let version): ".package(url: \(literal(url)), from: \"\(version)\")"
    }
  }

  /// What a manifest calls the package.
  var package: String {
    guard case .url(let url, _) = self else { return "cpt-host" }
    let last = url.split(whereSeparator: { $0 == "/" || $0 == ":" }).last ?? "cpt-host"
    return last.hasSuffix(".git") ? String(last.dropLast(4)) : String(last)
  }

  private func literal(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
