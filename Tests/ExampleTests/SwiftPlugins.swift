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

  /// Kept from run to run: what is built there is ours.
  private static let scratch = ProjectFolders.products.deletingLastPathComponent()
    .appending(path: "swift-plugins").path(percentEncoded: false)

  private let sources: TemporaryFolder

  /// The library of a plugin.
  func library(_ name: String) -> String {
    sources.path("built/lib\(name).so")
  }

  /// Runs the tests of a new plugin, with what was built already.
  func test(_ name: String) throws -> HostProcess {
    try HostProcess.run(
      [
        "test", "--package-path", sources.path(name), "--scratch-path", Self.scratch,
        "--disable-xctest",
      ], host: Programs.swift)
  }

  private init() throws {
    sources = try TemporaryFolder()
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
    let build = try HostProcess.run(
      ["build", "--package-path", sources.path, "--scratch-path", Self.scratch],
      host: Programs.swift)
    if build.status != 0 { throw BuildFailure(output: build.output + build.errors) }
    // Their own tests may build them again while others read them.
    try FileManager.default.createDirectory(
      atPath: sources.path("built"), withIntermediateDirectories: true)
    for (name, _) in packages {
      try FileManager.default.copyItem(
        atPath: "\(Self.scratch)/debug/lib\(name).so", toPath: library(name))
    }
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
