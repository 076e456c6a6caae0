import Foundation
import TestFolders
import Testing

/// A data mixer in C of a few lines, compiled for a test, whose code says which build it is.
enum SmallPlugin {
  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  static let headers = ProjectFolders.repository.appending(path: "Sources/CPluginABI/include")
    .path(percentEncoded: false)
  static let canBuild = compiler != nil && FileManager.default.fileExists(atPath: headers)

  /// Compiles one.
  ///
  /// - Parameters:
  ///   - build: What the code says: the name of its one option.
  ///   - name: The plugin's name.
  ///   - version: Its version.
  ///   - more: Further C.
  ///   - arguments: Further arguments for the compiler.
  /// - Returns: The bytes of the library.
  /// - Throws: If the compiler refuses.
  static func library(
    build: String = "first", name: String = "small", version: String = "1.0.0", more: String = "",
    arguments: [String] = []
  ) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let code = """
      #include <cpt_plugin.h>
      CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_SERIAL, "\(name)", "\(version)", "entry", "")
      static const cpt_option options[] = {{sizeof(cpt_option), {"\(build)", sizeof "\(build)" - 1},
        CPT_OPTION_INTEGER, CPT_OPTION_OPTIONAL, 0, 0, 9, 0, 0, {"The build.", 10}}};
      static int instance;
      static cpt_status create(const cpt_options *options, void **made, cpt_error **error) {
        *made = &instance;
        return CPT_OK;
      }
      static size_t source_count(void *instance) { return 1; }
      static cpt_text source(void *instance, size_t index) { return (cpt_text){"a", 1}; }
      static cpt_status weights(void *instance, const cpt_mixing_progress *progress, double *weights,
                                cpt_error **error) {
        weights[0] = 1;
        return CPT_OK;
      }
      static void destroy(void *instance) {}
      static const cpt_data_mixer_table table = {
        sizeof table, create, source_count, source, weights, destroy};
      cpt_status entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
        *plugin = (cpt_plugin){sizeof *plugin, CPT_ABI_MAJOR, CPT_ABI_MINOR, CPT_KIND_DATA_MIXER,
                               options, 1, sizeof(cpt_option), &table};
        return CPT_OK;
      }
      \(more)
      """
    let source = try folder.write("small.c", code)
    let (status, _) = try run(
      try #require(compiler),
      ["-std=c11", "-shared", "-fPIC", "-I", headers, source, "-o", folder.path("small.so")]
        + arguments)
    try #require(status == 0)
    return try contents(folder.path("small.so"))
  }
}

/// The SHA-256 of bytes, by the system's own program.
func digest(_ bytes: [UInt8]) throws -> String {
  let folder = try TemporaryFolder()
  let (status, output) = try run("/usr/bin/sha256sum", [try folder.write("bytes", bytes)])
  try #require(status == 0)
  return String(output.prefix(64))
}
