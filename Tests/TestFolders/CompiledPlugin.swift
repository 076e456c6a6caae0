import Foundation

/// A plugin in C, compiled by a test into a folder of its own.
package struct CompiledPlugin {
  package let folder: TemporaryFolder
  /// The library's path.
  package let path: String

  private static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  private static let headers = ProjectFolders.repository
    .appending(path: "Sources/CPluginABI/include").path(percentEncoded: false)

  /// Whether there is a compiler and the headers.
  package static let canBuild =
    compiler != nil && FileManager.default.fileExists(atPath: headers + "/cpt_plugin.h")

  /// Why a plugin could not be compiled; the compiler's words are on standard error.
  package struct Failure: Error {}

  /// Compiles a source.
  ///
  /// - Parameters:
  ///   - source: The text, in C.
  ///   - name: The name of the library without its ending.
  ///   - definitions: Macros to define.
  /// - Throws: ``Failure`` if it does not compile without warnings.
  package init(_ source: String, named name: String, defining definitions: [String] = []) throws {
    folder = try TemporaryFolder()
    path = folder.path("\(name).so")
    let process = Process()
    process.executableURL = URL(filePath: Self.compiler ?? "/usr/bin/cc")
    process.arguments =
      ["-std=gnu99", "-Wall", "-Werror", "-shared", "-fPIC", "-I", Self.headers]
      + definitions.map { "-D" + $0 } + [try folder.write("\(name).c", source), "-o", path]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
  }
}
