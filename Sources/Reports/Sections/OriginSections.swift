import Experiments
import PluginSDK

extension Report {
  /// What was read of each corpus, and with which tokenizer.
  func corporaSection() -> Markup {
    let table = DataTable(
      caption: "What was read",
      columns: [
        .words("corpus"), .words("language"), .words("licence"), .words("part"),
        .numbers("documents"), .numbers("tokens"), .numbers("bytes"), .numbers("bytes a token"),
      ],
      rows: results.corpora.flatMap { corpus in
        [
          part(
            corpus, "training", corpus.trainingDocuments, corpus.trainingTokens,
            corpus.trainingBytes),
          part(
            corpus, "held out", corpus.heldOutDocuments, corpus.heldOutTokens, corpus.heldOutBytes),
        ]
      })
    let files = DataTable(
      caption: "Files of the corpora",
      columns: [.words("file"), .words("corpus"), .numbers("bytes"), .digests("SHA-256")],
      rows: results.corpora.flatMap { corpus in
        corpus.files.map { file in
          [
            .init(file.path), .init(corpus.name), .init(NumberText.count(file.byteCount)),
            .init(file.sha256),
          ]
        }
      })
    let tokenizer = results.tokenizer
    return section(
      "Corpora and tokenizer", id: "corpora",
      .paragraph(
        "Tokenizer: \(tokenizer.plugin), \(NumberText.count(tokenizer.vocabulary)) token ids, "
          + "SHA-256 of its model \(tokenizer.sha256)."),
      results.corpora.isEmpty ? [] : table.markup,
      .notes(
        results.corpora.flatMap { corpus in
          corpus.skipped.map { "Left out of \(corpus.name): \($0)" }
        }),
      .tag("details", [:], .tag("summary", [:], "Files and digests"), files.markup))
  }

  /// The plugins with versions and digests.
  func pluginsSection() -> Markup {
    guard !results.plugins.isEmpty else { return [] }
    return section(
      "Plugins", id: "plugins",
      DataTable(
        caption: "Plugins used",
        columns: [
          .words("plugin"), .words("kind"), .words("version"), .words("ABI"), .words("toolchain"),
          .digests("SHA-256"),
        ],
        rows: results.plugins.map { plugin in
          let identity = plugin.identity
          return [
            .init(identity.name, detail: plugin.path), .init(identity.kind.name),
            .init(identity.version), .init("\(identity.abiMajor).\(identity.abiMinor)"),
            .init(identity.toolchain), .init(plugin.sha256),
          ]
        }
      ).markup)
  }

  /// Where the study ran and how long each part took.
  func environmentSection() -> Markup {
    let environment = results.environment
    let facts = [
      ("cpt-host", environment.hostVersion), ("operating system", environment.operatingSystem),
      ("processor", environment.processor), ("engine", environment.engine),
      ("Swift", environment.swiftVersion), ("seed", String(results.seed)),
    ]
    let timings = DataTable(
      caption: "Time of each part",
      columns: [.words("part"), .numbers("time")],
      rows: results.timings.map { timing in
        [
          .init(timing.part),
          .init(NumberText.duration(seconds: timing.seconds), detail: "\(timing.seconds) s"),
        ]
      } + [
        [
          "total",
          .init(NumberText.duration(seconds: results.timings.reduce(0) { $0 + $1.seconds })),
        ]
      ])
    return section(
      "Where it ran", id: "environment",
      DataTable(
        caption: "Environment", columns: [.words("what"), .words("value")],
        rows: facts.map { [.init($0.0), .init($0.1)] }
      ).markup,
      results.timings.isEmpty ? [] : timings.markup)
  }

  /// The pipeline with every default filled in, and as it was written.
  func pipelineSection() -> Markup {
    section(
      "Pipeline", id: "pipeline",
      .tag(
        "details", ["open": "open"],
        .tag("summary", [:], "Resolved: with every default filled in"),
        .tag("pre", ["tabindex": "0"], .text(results.resolvedPipeline))),
      .tag(
        "details", [:], .tag("summary", [:], "As it was written"),
        .tag("pre", ["tabindex": "0"], .text(results.pipelineText))))
  }

  private func part(
    _ corpus: CorpusRecord, _ name: String, _ documents: Int, _ tokens: Int, _ bytes: Int
  ) -> [DataTable.Cell] {
    [
      .init(corpus.name), .init(corpus.language), .init(corpus.licence ?? "not stated"),
      .init(name), .init(NumberText.count(documents)), .init(NumberText.count(tokens)),
      .init(NumberText.count(bytes)),
      .init(tokens > 0 ? NumberText.fixed(Double(bytes) / Double(tokens), 2) : "none"),
    ]
  }
}
