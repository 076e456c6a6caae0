package import Foundation

/// The machine's C compiler, for tests that build a plugin or a small program from its source.
package enum CCompiler {
  /// Where it lies; nil if there is none.
  package static let path = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// The headers of the plugin ABI as they are now.
  package static let headers = ProjectFolders.repository.appending(
    path: "Sources/CPluginABI/include")

  /// Whether tests can build from the headers.
  package static let isThere =
    path != nil
    && FileManager.default.fileExists(atPath: headers.path(percentEncoded: false))

  /// What the compiler said of a source that it refused.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }

  /// Compiles a source against headers into a shared library or, without `-shared`, a program.
  ///
  /// - Throws: ``Refusal`` with the compiler's words.
  package static func build(
    _ source: String, headers: URL = headers, arguments: [String] = ["-shared", "-fPIC"],
    to result: String
  ) throws {
    let process = try run(
      path ?? "cc",
      ["-std=gnu11", "-Wall", "-Werror"] + arguments
        + ["-I", headers.path(percentEncoded: false), source, "-o", result, "-lm"])
    guard process.status == 0 else { throw Refusal(description: process.output) }
  }

  /// Runs a program to its end and returns its exit status with what it wrote.
  package static func run(
    _ program: String, _ arguments: [String]
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
