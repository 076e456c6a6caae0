import Foundation
import GRDB
import PluginSDK

/// The runs of a workspace with everything that is known about them, in SQLite.
///
/// A workspace keeps every run it ever finished; the tables whose names begin with `study` say which
/// of them the last pipeline asked for.
package final class RunDatabase: Sendable {
  /// How a run stands.
  package enum Status: String, Sendable, CaseIterable {
    case running
    case finished
    case interrupted
    case failed
  }

  /// What a study states beside its runs.
  package struct Study: Sendable {
    package var name: String
    package var pipelineText: String
    package var resolvedPipeline: String
    package var seed: UInt64
    package var environment: EnvironmentRecord
    package var plugins: [PluginRecord]
    package var corpora: [CorpusRecord]
    package var tokenizer: TokenizerRecord
    /// Every run of the pipeline, those of stages that are not asked for now among them.
    package var plannedRuns: [RunName]
    /// The names of the parts that are timed, in the order in which they run.
    package var parts: [String]

    package init(
      name: String, pipelineText: String, resolvedPipeline: String, seed: UInt64,
      environment: EnvironmentRecord, plugins: [PluginRecord], corpora: [CorpusRecord],
      tokenizer: TokenizerRecord, plannedRuns: [RunName], parts: [String]
    ) {
      self.name = name
      self.pipelineText = pipelineText
      self.resolvedPipeline = resolvedPipeline
      self.seed = seed
      self.environment = environment
      self.plugins = plugins
      self.corpora = corpora
      self.tokenizer = tokenizer
      self.plannedRuns = plannedRuns
      self.parts = parts
    }
  }

  let queue: DatabaseQueue
  private let path: String

  /// Opens the database of a workspace, making it where there is none.
  ///
  /// - Throws: ``ExperimentError`` with `workspace` if the file is not such a database, or was made by
  ///   a later version.
  package init(_ workspace: Workspace) throws(ExperimentError) {
    try Workspace.makeFolder(workspace.root)
    path = workspace.database
    do {
      queue = try DatabaseQueue(path: workspace.database)
      let migrator = Self.migrator
      let isLater = try queue.read { try migrator.hasBeenSuperseded($0) }
      guard !isLater else {
        throw ExperimentError(
          .workspace,
          "'\(workspace.database)' was written by a later version of cpt-host; use that version, or "
            + "another --workspace")
      }
      try migrator.migrate(queue)
    } catch let error as ExperimentError {
      throw error
    } catch {
      throw Self.failure(workspace.database, error)
    }
  }

  /// Opens the database of a workspace that must have one.
  ///
  /// - Throws: ``ExperimentError`` with `workspace`.
  package static func existing(in workspace: Workspace) throws(ExperimentError) -> RunDatabase {
    guard FileManager.default.fileExists(atPath: workspace.database) else {
      throw ExperimentError(
        .workspace,
        "'\(workspace.root)' is not a workspace: it has no runs.sqlite; give the folder that "
          + "'cpt-host run' wrote")
    }
    return try RunDatabase(workspace)
  }

  /// The checkpoint of a finished run relative to the workspace, or nil if it is not finished.
  package func finishedCheckpoint(of id: String) throws(ExperimentError) -> String? {
    try attempt {
      try self.queue.read { database in
        try String.fetchOne(
          database, sql: "SELECT checkpoint FROM runs WHERE id = ? AND status = ?",
          arguments: [id, Status.finished.rawValue])
      }
    }
  }

  /// How a run stands, or nil if it was never started.
  package func status(of id: String) throws(ExperimentError) -> Status? {
    let word = try attempt {
      try self.queue.read { database in
        try String.fetchOne(
          database, sql: "SELECT status FROM runs WHERE id = ?", arguments: [id])
      }
    }
    return word.flatMap(Status.init)
  }

  /// Starts a study: what it states replaces what the study before it stated; runs stay.
  package func begin(_ study: Study) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        for table in [
          "study", "study_plan", "study_runs", "study_plugins", "study_files", "study_parts",
          "fits", "savings",
        ] {
          try database.execute(sql: "DELETE FROM \(table)")
        }
        try database.execute(
          sql: """
            INSERT INTO study (name, pipeline, resolved, seed, environment, corpora, tokenizer)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            study.name, study.pipelineText, study.resolvedPipeline, String(study.seed),
            try Self.json(study.environment), try Self.json(study.corpora),
            try Self.json(study.tokenizer),
          ])
        for (place, plugin) in study.plugins.enumerated() {
          try database.execute(
            sql: """
              INSERT INTO study_plugins
                (place, name, kind, version, path, sha256, identity, library)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?)
              """,
            arguments: [
              place, plugin.identity.name, plugin.identity.kind.name, plugin.identity.version,
              plugin.path, plugin.sha256, try Self.json(plugin.identity),
              try plugin.library.map { try Self.json($0) },
            ])
        }
        for (place, run) in study.plannedRuns.enumerated() {
          try database.execute(
            sql: "INSERT INTO study_plan (place, stage, size, variant) VALUES (?, ?, ?, ?)",
            arguments: [place, run.stage, run.size, run.variant ?? ""])
        }
        for (place, part) in study.parts.enumerated() {
          try database.execute(
            sql: "INSERT INTO study_parts (place, part) VALUES (?, ?)", arguments: [place, part])
        }
        var files = study.corpora.flatMap { corpus in
          corpus.files.map { ("corpus \(corpus.name)", $0.path, $0.sha256) }
        }
        files.append(("tokenizer", study.tokenizer.path, study.tokenizer.sha256))
        for (role, path, sha256) in files {
          try database.execute(
            sql: "INSERT OR REPLACE INTO study_files (role, path, sha256) VALUES (?, ?, ?)",
            arguments: [role, path, sha256])
        }
      }
    }
  }

  /// Notes how a run stands before it is finished.
  package func setStatus(
    _ status: Status, of id: String, stage: String, size: String
  ) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        try database.execute(
          sql: """
            INSERT INTO runs (id, stage, size, status) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET status = excluded.status
            """, arguments: [id, stage, size, status.rawValue])
      }
    }
  }

  /// Stores a finished run with all its numbers.
  package func finish(_ run: RunRecord) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        try database.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [run.id])
        try Self.insert(run, into: database)
      }
    }
  }

  /// Adds a planned run to the study, under the names that the study has for it, with the variants of
  /// the sweep that it belongs to.
  package func addToStudy(
    _ id: String, as name: RunName, continuedFrom: String?, variants: [String]? = nil
  ) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        try database.execute(
          sql: """
            INSERT INTO study_runs (place, run, stage, size, continued_from, variant, variants)
            VALUES (
              (SELECT place FROM study_plan WHERE stage = ?2 AND size = ?3 AND variant = ?5),
              ?1, ?2, ?3, ?4, ?5, ?6)
            """,
          arguments: [
            id, name.stage, name.size, continuedFrom, name.variant ?? "",
            try variants.map { try Self.json($0) },
          ])
      }
    }
  }

  /// Stores the study's fits and savings in place of those before.
  package func replace(
    fits: [FitRecord], savings: [SavingsRecord]
  ) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        try database.execute(sql: "DELETE FROM fits")
        try database.execute(sql: "DELETE FROM savings")
        for (place, fit) in fits.enumerated() {
          try database.execute(
            sql: """
              INSERT INTO fits (place, name, plugin, stage, corpus, failure, objective, record)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?)
              """,
            arguments: [
              place, fit.name, fit.plugin, fit.stage, fit.corpus, fit.failure, fit.objective,
              try Self.json(fit),
            ])
        }
        for (place, saving) in savings.enumerated() {
          try database.execute(
            sql: """
              INSERT INTO savings
              (place, size, corpus, scratch_stage, continued_stage, loss, measured, predicted,
                remark, variant, scratch_run, continued_run, curve, measured_interval,
                predicted_interval)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
              """,
            arguments: [
              place, saving.size, saving.corpus, saving.scratchStage, saving.continuedStage,
              saving.loss, saving.measured, saving.predicted, saving.remark, saving.variant,
              saving.scratchRun, saving.continuedRun, try Self.json(saving.curve),
              try saving.measuredInterval.map(Self.json),
              try saving.predictedInterval.map(Self.json),
            ])
        }
      }
    }
  }

  /// Stores how long a part took; what was found ready keeps the time it once took.
  package func setTiming(_ timing: TimingRecord) throws(ExperimentError) {
    try attempt {
      try self.queue.write { database in
        try database.execute(
          sql: """
            INSERT INTO timings (part, seconds) VALUES (?, ?)
            ON CONFLICT (part) DO UPDATE SET seconds = excluded.seconds
            """, arguments: [timing.part, timing.seconds])
      }
    }
  }

  /// Runs something on the database and says where it failed.
  func attempt<Result>(_ body: () throws -> Result) throws(ExperimentError) -> Result {
    do {
      return try body()
    } catch let error as ExperimentError {
      throw error
    } catch {
      throw Self.failure(path, error)
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try ContentIdentity.canonicalJSON(value), as: UTF8.self)
  }

  private static func insert(_ run: RunRecord, into database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO runs (
          id, stage, size, status, continued_from, source_run, shape, parameters,
          embedding_parameters, counted_parameters, tokens, steps, exact_flops, approximate_flops,
          seconds, tokens_per_second, engine, threads, peak_flops_per_second, share_of_peak,
          checkpoint, shared_steps)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run.id, run.stage, run.size, Status.finished.rawValue, run.continuedFrom, run.sourceRun,
        try json(run.shape), run.parameters.total, run.parameters.embedding, run.countedParameters,
        run.tokens, run.steps, run.exactFLOPs, run.approximateFLOPs, run.seconds,
        run.tokensPerSecond, run.speed?.engine, run.speed?.threads,
        run.speed?.peakFLOPsPerSecond, run.speed?.shareOfPeak, run.checkpoint, run.sharedSteps,
      ])
    for (part, seconds) in run.speed?.secondsByPart ?? [:] {
      try database.execute(
        sql: "INSERT INTO run_seconds (run, part, seconds) VALUES (?, ?, ?)",
        arguments: [run.id, part.rawValue, seconds])
    }
    for (place, source) in run.sources.enumerated() {
      try database.execute(
        sql: """
          INSERT INTO run_sources (run, place, corpus, planned_tokens, realised_tokens, epochs)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          run.id, place, source.corpus, source.plannedTokens, source.realisedTokens, source.epochs,
        ])
    }
    for (place, evaluation) in run.evaluations.enumerated() {
      try database.execute(
        sql: """
          INSERT INTO evaluations (
            run, place, corpus, step, tokens, exact_flops, loss, standard_error, bits_per_byte,
            evaluated_tokens)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          run.id, place, evaluation.corpus, evaluation.step, evaluation.tokens,
          evaluation.exactFLOPs, evaluation.loss, evaluation.standardError, evaluation.bitsPerByte,
          evaluation.evaluatedTokens,
        ])
    }
    for point in run.trainingCurve {
      try database.execute(
        sql: """
          INSERT INTO metrics (run, step, loss, learning_rate, gradient_norm)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [run.id, point.step, point.loss, point.learningRate, point.gradientNorm])
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in try database.execute(sql: firstSchema) }
    migrator.registerMigration("2") { database in
      try database.execute(
        sql: """
          CREATE TABLE study_plan (
            place INTEGER PRIMARY KEY, stage TEXT NOT NULL, size TEXT NOT NULL)
          """)
    }
    migrator.registerMigration("3") { database in
      try database.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN engine TEXT;
          ALTER TABLE runs ADD COLUMN peak_flops_per_second REAL;
          ALTER TABLE runs ADD COLUMN share_of_peak REAL;
          CREATE TABLE run_seconds (
            run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, part TEXT NOT NULL,
            seconds REAL NOT NULL, PRIMARY KEY (run, part));
          """)
    }
    migrator.registerMigration("libraries of functions") { database in
      try database.execute(sql: "ALTER TABLE study_plugins ADD COLUMN library TEXT")
    }
    migrator.registerMigration("curves of savings") { database in
      try database.execute(sql: "ALTER TABLE savings ADD COLUMN curve TEXT NOT NULL DEFAULT '[]'")
    }
    migrator.registerMigration("variants of a sweep") { database in
      // A column without a variant is empty: NULLs would all be unique.
      try database.execute(
        sql: """
          ALTER TABLE study_plan ADD COLUMN variant TEXT NOT NULL DEFAULT '';
          ALTER TABLE savings ADD COLUMN variant TEXT;
          ALTER TABLE savings ADD COLUMN scratch_run TEXT;
          ALTER TABLE savings ADD COLUMN continued_run TEXT;
          CREATE TABLE variant_runs (
            place INTEGER PRIMARY KEY, run TEXT NOT NULL, stage TEXT NOT NULL, size TEXT NOT NULL,
            continued_from TEXT, variant TEXT NOT NULL, variants TEXT,
            UNIQUE (stage, size, variant));
          INSERT INTO variant_runs (place, run, stage, size, continued_from, variant)
            SELECT place, run, stage, size, continued_from, '' FROM study_runs;
          DROP TABLE study_runs;
          ALTER TABLE variant_runs RENAME TO study_runs;
          """)
    }
    migrator.registerMigration("branches of runs") { database in
      try database.execute(sql: "ALTER TABLE runs ADD COLUMN shared_steps INTEGER")
    }
    migrator.registerMigration("intervals of savings") { database in
      try database.execute(
        sql: """
          ALTER TABLE savings ADD COLUMN measured_interval TEXT;
          ALTER TABLE savings ADD COLUMN predicted_interval TEXT;
          """)
    }
    migrator.registerMigration("threads of runs") { database in
      try database.execute(sql: "ALTER TABLE runs ADD COLUMN threads REAL")
    }
    return migrator
  }

  private static let firstSchema = """
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, stage TEXT NOT NULL, size TEXT NOT NULL, status TEXT NOT NULL,
      continued_from TEXT, source_run TEXT, shape TEXT, parameters INTEGER,
      embedding_parameters INTEGER, counted_parameters INTEGER, tokens INTEGER, steps INTEGER,
      exact_flops REAL, approximate_flops REAL, seconds REAL, tokens_per_second REAL,
      checkpoint TEXT);
    CREATE TABLE run_sources (
      run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, place INTEGER NOT NULL,
      corpus TEXT NOT NULL, planned_tokens INTEGER NOT NULL, realised_tokens INTEGER NOT NULL,
      epochs REAL NOT NULL, PRIMARY KEY (run, place));
    CREATE TABLE evaluations (
      run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, place INTEGER NOT NULL,
      corpus TEXT NOT NULL, step INTEGER NOT NULL, tokens INTEGER NOT NULL,
      exact_flops REAL NOT NULL, loss REAL NOT NULL, standard_error REAL NOT NULL,
      bits_per_byte REAL NOT NULL, evaluated_tokens INTEGER NOT NULL, PRIMARY KEY (run, place));
    CREATE TABLE metrics (
      run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, step INTEGER NOT NULL,
      loss REAL NOT NULL, learning_rate REAL NOT NULL, gradient_norm REAL NOT NULL,
      PRIMARY KEY (run, step));
    CREATE TABLE study (
      name TEXT NOT NULL, pipeline TEXT NOT NULL, resolved TEXT NOT NULL, seed TEXT NOT NULL,
      environment TEXT NOT NULL, corpora TEXT NOT NULL, tokenizer TEXT NOT NULL);
    CREATE TABLE study_runs (
      place INTEGER PRIMARY KEY, run TEXT NOT NULL, stage TEXT NOT NULL, size TEXT NOT NULL,
      continued_from TEXT, UNIQUE (stage, size));
    CREATE TABLE study_plugins (
      place INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, version TEXT NOT NULL,
      path TEXT NOT NULL, sha256 TEXT NOT NULL, identity TEXT NOT NULL);
    CREATE TABLE study_files (
      role TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (role, path));
    CREATE TABLE fits (
      place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, plugin TEXT NOT NULL,
      stage TEXT NOT NULL, corpus TEXT NOT NULL, failure TEXT, objective REAL NOT NULL,
      record TEXT NOT NULL);
    CREATE TABLE savings (
      place INTEGER PRIMARY KEY, size TEXT NOT NULL, corpus TEXT NOT NULL,
      scratch_stage TEXT NOT NULL, continued_stage TEXT NOT NULL, loss REAL NOT NULL,
      measured REAL, predicted REAL, remark TEXT);
    CREATE TABLE study_parts (place INTEGER PRIMARY KEY, part TEXT NOT NULL);
    CREATE TABLE timings (part TEXT PRIMARY KEY, seconds REAL NOT NULL);
    """
}
