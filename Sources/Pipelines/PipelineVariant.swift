/// One of the pipelines that the section `sweep` makes of a file.
package struct PipelineVariant: Hashable, Sendable, Codable {
  /// What one swept path is in this variant.
  package struct Value: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The end of the path that tells it from the others: `replay`.
    package var name: String
    /// As the file writes it: `5%`.
    package var text: String

    package init(name: String, text: String) {
      self.name = name
      self.text = text
    }

    /// Both, as in `replay=5%`.
    package var description: String { "\(name)=\(text)" }
  }

  /// In the order of the file.
  package var values: [Value]
  /// Without variants of its own.
  package var pipeline: Pipeline

  package init(values: [Value], pipeline: Pipeline) {
    self.values = values
    self.pipeline = pipeline
  }

  /// All values, as in `seed=1,replay=5%`.
  package var name: String { Self.name(of: values) }

  static func name(of values: [Value]) -> String {
    values.map(\.description).joined(separator: ",")
  }
}

/// What several variants of a sweep are called together.
package struct VariantLabels: Sendable {
  private let values: [(name: String, values: [PipelineVariant.Value])]
  private let common: Set<PipelineVariant.Value>

  package init(_ variants: [PipelineVariant] = []) {
    values = variants.map { ($0.name, $0.values) }
    common = Self.shared(values.map { $0.values })
  }

  /// The values that some variants, by their whole names, have in common and that not all variants
  /// have, as in `seed=1`; nil if there are none.
  package func label(of names: Set<String>) -> String? {
    let chosen = values.filter { names.contains($0.name) }.map { $0.values }
    let shared = Self.shared(chosen).subtracting(common)
    let told = (chosen.first ?? []).filter(shared.contains)
    return told.isEmpty ? nil : PipelineVariant.name(of: told)
  }

  private static func shared(_ lists: [[PipelineVariant.Value]]) -> Set<PipelineVariant.Value> {
    guard let first = lists.first else { return [] }
    return lists.reduce(into: Set(first)) { $0.formIntersection($1) }
  }
}

extension Pipeline {
  /// The variants of the sweep; without one, the pipeline itself as the only one, with no values.
  package var combinations: [PipelineVariant] {
    variants.isEmpty ? [PipelineVariant(values: [], pipeline: self)] : variants
  }

  /// How many different runs there are: what is the same in several variants counts once.
  package var runCount: Int {
    var runs: Set<RunKey> = []
    for variant in combinations {
      for stage in variant.pipeline.stages {
        let dependencies = variant.pipeline.dependencies(of: stage)
        for size in variant.pipeline.model.ladder {
          runs.insert(RunKey(dependencies: dependencies, size: size))
        }
      }
    }
    return runs.count
  }

  private struct RunKey: Hashable {
    var dependencies: StageDependencies
    var size: ModelSize
  }

  /// What the runs of a stage depend on, their sizes left out.
  package func dependencies(of stage: StageDeclaration) -> StageDependencies {
    var chain = [stage]
    while case .continued(let name) = chain[chain.count - 1].strategy,
      let source = stages.first(where: { $0.name == name })
    {
      chain.append(source)
    }
    var model = self.model
    model.ladder = []
    return StageDependencies(seed: seed, model: model, batch: batch, chain: chain)
  }
}

/// What the runs of a stage depend on of all that a sweep may vary, their sizes left out.
package struct StageDependencies: Hashable, Sendable {
  private var seed: UInt64
  private var model: ModelDeclaration
  private var batch: BatchDeclaration
  /// The stage, then the one it continues from, and so on.
  private var chain: [StageDeclaration]

  fileprivate init(
    seed: UInt64, model: ModelDeclaration, batch: BatchDeclaration, chain: [StageDeclaration]
  ) {
    self.seed = seed
    self.model = model
    self.batch = batch
    self.chain = chain
  }

  /// The same for all token budgets of the stage itself.
  package var forAnyBudget: StageDependencies {
    var dependencies = self
    dependencies.chain[0].budget = .tokens(1)
    return dependencies
  }

  /// The same for all seeds and all token budgets of the stage itself.
  ///
  /// Runs that differ in nothing else are points of one law: a law has N and D, and the same again
  /// with another seed is another measurement of it.
  package var forLaws: StageDependencies {
    var dependencies = forAnyBudget
    dependencies.seed = 0
    return dependencies
  }
}
