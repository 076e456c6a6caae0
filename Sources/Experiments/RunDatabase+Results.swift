import Foundation
import GRDB
import PluginSDK

extension RunDatabase {
  /// The last study of the workspace with its finished runs.
  ///
  /// - Throws: ``ExperimentError`` with `workspace` if no study was started, or the database is
  ///   damaged.
  package func results() throws(ExperimentError) -> StudyResults {
    try attempt { try self.queue.read(Self.results) }
  }

  private static func results(_ database: Database) throws -> StudyResults {
    guard let study = try Row.fetchOne(database, sql: "SELECT * FROM study") else {
      throw ExperimentError(
        .workspace, "no study was run in this workspace yet; run 'cpt-host run PIPELINE' first")
    }
    let seed: String = study["seed"]
    return StudyResults(
      name: study["name"], pipelineText: study["pipeline"], resolvedPipeline: study["resolved"],
      seed: UInt64(seed) ?? 0, environment: try decode(study["environment"]),
      plugins: try plugins(database), corpora: try decode(study["corpora"]),
      tokenizer: try decode(study["tokenizer"]), runs: try runs(database),
      fits: try Row.fetchAll(database, sql: "SELECT record FROM fits ORDER BY place").map {
        try decode($0["record"])
      },
      savings: try savings(database),
      timings: try Row.fetchAll(
        database,
        sql: """
          SELECT study_parts.part, seconds FROM study_parts JOIN timings USING (part) ORDER BY place
          """
      ).map { TimingRecord(part: $0["part"], seconds: $0["seconds"]) },
      missingRuns: try missingRuns(database))
  }

  private static func missingRuns(_ database: Database) throws -> [String] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT study_plan.stage AS stage, study_plan.size AS size, study_plan.variant AS variant
        FROM study_plan
          LEFT JOIN study_runs ON study_runs.stage = study_plan.stage
            AND study_runs.size = study_plan.size AND study_runs.variant = study_plan.variant
          LEFT JOIN runs ON runs.id = study_runs.run AND runs.status = ?
        WHERE runs.id IS NULL ORDER BY study_plan.place
        """, arguments: [Status.finished.rawValue]
    ).map { row in
      RunName(stage: row["stage"], size: row["size"], variant: variant(row["variant"])).description
    }
  }

  /// A variant as it stands in a column: empty where there is none.
  private static func variant(_ text: String) -> String? { text.isEmpty ? nil : text }

  private static func plugins(_ database: Database) throws -> [PluginRecord] {
    try Row.fetchAll(database, sql: "SELECT * FROM study_plugins ORDER BY place").map { row in
      PluginRecord(
        identity: try decode(row["identity"]), path: row["path"], sha256: row["sha256"],
        library: try (row["library"] as String?).map { try decode($0) })
    }
  }

  private static func savings(_ database: Database) throws -> [SavingsRecord] {
    try Row.fetchAll(database, sql: "SELECT * FROM savings ORDER BY place").map { row in
      SavingsRecord(
        size: row["size"], corpus: row["corpus"], scratchStage: row["scratch_stage"],
        continuedStage: row["continued_stage"], loss: row["loss"], measured: row["measured"],
        predicted: row["predicted"], remark: row["remark"], variant: row["variant"],
        scratchRun: row["scratch_run"], continuedRun: row["continued_run"],
        curve: try decode(row["curve"]),
        measuredInterval: try (row["measured_interval"] as String?).map { try decode($0) },
        predictedInterval: try (row["predicted_interval"] as String?).map { try decode($0) })
    }
  }

  private static func runs(_ database: Database) throws -> [RunRecord] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT runs.*, study_runs.stage AS study_stage, study_runs.size AS study_size,
          study_runs.continued_from AS study_continued_from, study_runs.variant AS variant,
          study_runs.variants AS variants
        FROM study_runs JOIN runs ON runs.id = study_runs.run
        WHERE runs.status = ? ORDER BY study_runs.place
        """, arguments: [Status.finished.rawValue])
    return try rows.map { row in
      let id: String = row["id"]
      return RunRecord(
        id: id, stage: row["study_stage"], continuedFrom: row["study_continued_from"],
        sourceRun: row["source_run"], size: row["study_size"], shape: try decode(row["shape"]),
        parameters: ParameterCount(
          total: row["parameters"], embedding: row["embedding_parameters"]),
        countedParameters: row["counted_parameters"], tokens: row["tokens"], steps: row["steps"],
        exactFLOPs: row["exact_flops"], approximateFLOPs: row["approximate_flops"],
        sources: try sources(of: id, database), evaluations: try evaluations(of: id, database),
        trainingCurve: try metrics(of: id, database), seconds: row["seconds"],
        tokensPerSecond: row["tokens_per_second"], speed: try speed(row, database),
        checkpoint: row["checkpoint"], variant: variant(row["variant"]),
        variants: try (row["variants"] as String?).map { try decode($0) },
        sharedSteps: row["shared_steps"])
    }
  }

  /// The speed of a row of `runs`; nil where a version that did not note it wrote the row.
  private static func speed(_ row: Row, _ database: Database) throws -> SpeedRecord? {
    guard let engine: String = row["engine"] else { return nil }
    let id: String = row["id"]
    var seconds: [SpeedRecord.Part: Double] = [:]
    for row in try Row.fetchAll(
      database, sql: "SELECT * FROM run_seconds WHERE run = ?", arguments: [id])
    {
      guard let part = SpeedRecord.Part(rawValue: row["part"]) else { continue }
      seconds[part] = row["seconds"]
    }
    return SpeedRecord(
      engine: engine, threads: row["threads"], peakFLOPsPerSecond: row["peak_flops_per_second"],
      shareOfPeak: row["share_of_peak"], secondsByPart: seconds)
  }

  private static func sources(of run: String, _ database: Database) throws -> [SourceCount] {
    try Row.fetchAll(
      database, sql: "SELECT * FROM run_sources WHERE run = ? ORDER BY place", arguments: [run]
    ).map { row in
      SourceCount(
        corpus: row["corpus"], plannedTokens: row["planned_tokens"],
        realisedTokens: row["realised_tokens"], epochs: row["epochs"])
    }
  }

  private static func evaluations(
    of run: String, _ database: Database
  ) throws -> [EvaluationRecord] {
    try Row.fetchAll(
      database, sql: "SELECT * FROM evaluations WHERE run = ? ORDER BY place", arguments: [run]
    ).map { row in
      EvaluationRecord(
        corpus: row["corpus"], step: row["step"], tokens: row["tokens"],
        exactFLOPs: row["exact_flops"], loss: row["loss"], standardError: row["standard_error"],
        bitsPerByte: row["bits_per_byte"], evaluatedTokens: row["evaluated_tokens"])
    }
  }

  private static func metrics(of run: String, _ database: Database) throws -> [TrainingPoint] {
    try Row.fetchAll(
      database, sql: "SELECT * FROM metrics WHERE run = ? ORDER BY step", arguments: [run]
    ).map { row in
      TrainingPoint(
        step: row["step"], loss: row["loss"], learningRate: row["learning_rate"],
        gradientNorm: row["gradient_norm"])
    }
  }

  private static func decode<Content: Decodable>(_ text: String) throws -> Content {
    try JSONDecoder().decode(Content.self, from: Data(text.utf8))
  }
}
