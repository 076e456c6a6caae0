import Foundation
import TestFolders

/// A new plugin of each kind in Swift, and the example one, built as packages that depend on ours.
///
/// They are built together, below one package that names them all, so that `PluginSDK` is built once.
struct SwiftPlugins {
  private static let example = "lion"
  static let canBuild = Programs.swift != nil

  /// Why they are not built.
  ///
  /// An unmet requirement would count in the first test alone: the others throw it unnoticed.
  struct BuildFailure: Error {
    let output: String
  }

  /// Built by the first test that asks.
  static let built = Result { try SwiftPlugins() }

  private let folder: URL

  /// The library of a plugin.
  func library(_ name: String) -> String {
    folder.appending(path: "lib\(name).so").path(percentEncoded: false)
  }

  private init() throws {
    let sources = try TemporaryFolder()
    let repository = ProjectFolders.repository.path(percentEncoded: false)
    var packages = [(Self.example, "\(repository)Examples/plugins/\(Self.example)")]
    for kind in NewPlugin.kinds {
      let plugin = NewPlugin(kind: kind, language: "swift")
      let new = try HostProcess.run([
        "plugins", "new", "--kind", kind, "--language", "swift", plugin.name, "--into",
        sources.path, "--sdk", repository,
      ])
      if new.status != 0 { throw BuildFailure(output: new.errors) }
      packages.append((plugin.name, sources.path(plugin.name)))
    }
    _ = try sources.write("Package.swift", Self.manifest(packages))
    _ = try sources.write("Sources/All/main.swift", "")
    // Kept from run to run: what is built there is ours.
    let scratch = ProjectFolders.products.deletingLastPathComponent()
      .appending(path: "swift-plugins")
    let build = try HostProcess.run(
      [
        "build", "--package-path", sources.path, "--scratch-path",
        scratch.path(percentEncoded: false),
      ], host: Programs.swift)
    if build.status != 0 { throw BuildFailure(output: build.output + build.errors) }
    folder = scratch.appending(path: "debug")
  }

  /// A package whose program needs all of them.
  private static func manifest(_ packages: [(name: String, path: String)]) -> String {
    let dependencies = packages.map { ".package(path: \"\($0.path)\")" }
    let products = packages.map { ".product(name: \"\($0.name)\", package: \"\($0.name)\")" }
    return """
      // swift-tools-version: 6.2
      import PackageDescription
      let package = Package(
        name: "all",
        dependencies: [\(dependencies.joined(separator: ", "))],
        targets: [
          .executableTarget(name: "All", dependencies: [\(products.joined(separator: ", "))])
        ])
      """
  }
}
