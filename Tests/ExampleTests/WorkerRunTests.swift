import Foundation
import TestFolders
import Testing

/// A whole study whose plugins run in workers.
@Suite(.serialized) struct WorkerRunTests {
  private static let isolated = ["CPT_HOST_ISOLATION": "worker"]

  private static func run(
    in folder: TemporaryFolder, _ workspace: String, _ more: [String] = [],
    environment: [String: String]
  ) throws -> HostProcess {
    try HostProcess.run(
      ["run", SmallQuickstart.pipeline, "--workspace", folder.path(workspace), "--json"]
        + SmallQuickstart.arguments(folder) + more,
      environment: environment)
  }

  @Test func isolationChangesNoBit() throws {
    let folder = try SmallQuickstart.folder()
    let here = try Self.run(in: folder, "here", environment: [:])
    try #require(here.status == 0, "\(here.errors)")
    let isolated = try Self.run(in: folder, "isolated", environment: Self.isolated)
    try #require(isolated.status == 0, "\(isolated.errors)")
    #expect(
      try SmallQuickstart.Results(of: isolated).losses
        == SmallQuickstart.Results(of: here).losses)
    for plugin in ["byte-pair", "llama", "adamw", "weighted", "replay", "chinchilla"] {
      #expect(
        isolated.errors.split(separator: "\n").contains { line in
          line.contains("plugin=\(plugin)") && line.contains("worker process")
        }, "\(plugin) had no worker")
    }
  }

  @Test(.enabled(if: CompiledPlugin.canBuild))
  func aCrashIsOneSentenceAndLosesNothingThatWasDone() throws {
    let folder = try SmallQuickstart.folder()
    let mixer = try CompiledPlugin(Self.mixer, named: "fragile")
    let crashed = try Self.run(
      in: folder, "w",
      [
        "--set", "plugins=[\(mixer.folder.path)]", "--set", "stages.cpt.data.plugin=fragile",
      ], environment: Self.isolated)
    #expect(crashed.status == 1)
    let sentences = crashed.errors.split(separator: "\n").filter { $0.hasPrefix("cpt-host: ") }
    #expect(sentences.count == 1)
    #expect(
      try #require(sentences.first).contains(
        "plugin 'fragile': its worker process was ended by signal 6 (SIGABRT) during 'weights'"))
    let report = try HostProcess.run(["report", folder.path("w")])
    let done = try #require(
      report.output.firstMatch(of: /This study is not finished: (\d+) of 9 runs/))
    #expect(try #require(Int(done.1)) >= 2)

    let mended = try Self.run(in: folder, "w", environment: Self.isolated)
    try #require(mended.status == 0, "\(mended.errors)")
    let whole = try Self.run(in: folder, "whole", environment: [:])
    #expect(
      try SmallQuickstart.Results(of: mended).losses == SmallQuickstart.Results(of: whole).losses)
  }

  /// A mixer with the options of `replay` that aborts when a stage begins.
  private static let mixer = #"""
    #include <cpt_plugin.h>
    #include <math.h>
    #include <stdlib.h>
    #include <string.h>

    CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "fragile", "0.1.0",
                      "fragile_entry", "")

    static char sources[2][64];

    static void keep(char *place, cpt_text text) {
      size_t length = text.length < 63 ? text.length : 63;
      memcpy(place, text.data, length);
      place[length] = 0;
    }

    static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
      for (size_t i = 0; i < options->count; i++) {
        const cpt_option_value *value =
            (const void *)((const char *)options->values + i * options->stride);
        if (value->type == CPT_OPTION_CORPUS) keep(sources[0], value->text);
        if (value->type == CPT_OPTION_SHARES) keep(sources[1], value->names[0]);
      }
      *instance = sources;
      return CPT_OK;
    }

    static size_t source_count(void *instance) { return 2; }

    static cpt_text source(void *instance, size_t index) {
      return (cpt_text){sources[index], strlen(sources[index])};
    }

    static cpt_status weights(void *instance, const cpt_mixing_progress *progress,
                              double *weights, cpt_error **error) {
      abort();
    }

    static void destroy(void *instance) {}

    static const cpt_option options[] = {
      {sizeof(cpt_option), {"target", 6}, CPT_OPTION_CORPUS, CPT_OPTION_REQUIRED, NULL,
       -INFINITY, INFINITY, NULL, 0, {"The corpus to learn.", 20}},
      {sizeof(cpt_option), {"replay", 6}, CPT_OPTION_SHARES, CPT_OPTION_REQUIRED, NULL, 0, 1,
       NULL, 0, {"The corpus to keep.", 19}}};

    static const cpt_data_mixer_table table = {
      sizeof table, create, source_count, source, weights, destroy};

    cpt_status fragile_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
      *plugin = (cpt_plugin){sizeof *plugin, CPT_ABI_MAJOR, CPT_ABI_MINOR, CPT_KIND_DATA_MIXER,
                             options, 2, sizeof(cpt_option), &table};
      return CPT_OK;
    }
    """#
}
