import Pipelines
import PluginSDK

/// A run by the names of its pipeline.
package struct RunName: Hashable, Sendable, CustomStringConvertible {
  package var stage: String
  package var size: String
  /// Of a sweep the values that tell it from the other runs of this stage and size, as in
  /// `seed=1,replay=5%`; nil without one, and where no value makes a difference to the run.
  package var variant: String?

  package init(stage: String, size: String, variant: String? = nil) {
    self.stage = stage
    self.size = size
    self.variant = variant
  }

  /// As in `cpt 60k seed=1`.
  package var description: String {
    variant.map { "\(stage) \(size) \($0)" } ?? "\(stage) \(size)"
  }
}

/// One run of a study before it is trained.
struct StudyRun: Sendable {
  let name: RunName
  let stage: StageDeclaration
  let model: LadderModel
  /// The pipeline of the first of its variants, whose sweep is left out.
  let pipeline: Pipeline
  /// The variants that it belongs to, by their whole names; empty without a sweep.
  let variants: [String]
  /// The run whose final weights it starts from.
  let source: RunName?
  /// Of a branch the longer run that it branches off.
  var trunk: Trunk?
  /// The budgets of the runs that branch off this one.
  var branches: [TokenBudget] = []

  /// A run that others branch off.
  struct Trunk: Hashable {
    var name: RunName
    var budget: TokenBudget
  }
}

/// The runs of a study: each stage at each size, once for all variants that come to the same.
struct StudyRuns: Sendable {
  /// Stage after stage, in each the variants, in each the sizes; branches after all else of a stage.
  let runs: [StudyRun]

  /// Finds the runs of a pipeline.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline`, the architecture's own error.
  init(_ pipeline: Pipeline, factory: any ArchitectureFactory, vocabulary: Int) throws {
    let combinations = pipeline.combinations
    var ladders: [ModelDeclaration: [LadderModel]] = [:]
    for combination in combinations where ladders[combination.pipeline.model] == nil {
      let model = combination.pipeline.model
      ladders[model] = try LadderModel.ladder(of: model, factory: factory, vocabulary: vocabulary)
    }
    var found: [Content: [String]] = [:]
    var order: [(content: Content, stage: StageDeclaration, model: LadderModel, first: Int)] = []
    for place in pipeline.stages.indices {
      for (first, combination) in combinations.enumerated() {
        let stage = combination.pipeline.stages[place]
        let dependencies = combination.pipeline.dependencies(of: stage)
        for model in ladders[combination.pipeline.model] ?? [] {
          let content = Content(
            dependencies: dependencies, size: model.size, options: model.options)
          if found[content] == nil { order.append((content, stage, model, first)) }
          found[content, default: []].append(combination.name)
        }
      }
    }
    let labels = VariantLabels(pipeline.variants)
    var names: Set<RunName> = []
    var byVariant: [Place: RunName] = [:]
    let studied = order.map { content, stage, model, first in
      let variants = found[content] ?? []
      var name = RunName(
        stage: stage.name, size: model.size, variant: labels.label(of: Set(variants)))
      // Where values do not tell two runs apart, the whole name of a variant does.
      if !names.insert(name).inserted {
        name.variant = variants.first
        names.insert(name)
      }
      for variant in variants {
        byVariant[Place(stage: stage.name, size: model.size, variant: variant)] = name
      }
      let source = stage.continuedFrom.flatMap { source in
        variants.first.flatMap {
          byVariant[Place(stage: source, size: model.size, variant: $0)]
        }
      }
      return StudyRun(
        name: name, stage: stage, model: model, pipeline: combinations[first].pipeline.alone,
        variants: pipeline.variants.isEmpty ? [] : variants, source: source)
    }
    let branched = try Self.branched(studied, contents: order.map(\.content))
    runs = pipeline.stages.flatMap { stage in
      let own = branched.filter { $0.stage.name == stage.name }
      return own.filter { $0.trunk == nil } + own.filter { $0.trunk != nil }
    }
  }

  /// Has those runs branch off the longest that differ from it in nothing but their own tokens, and
  /// whose stage says so.
  private static func branched(
    _ runs: [StudyRun], contents: [Content]
  ) throws(ExperimentError) -> [StudyRun] {
    var runs = runs
    var lengths: [Int] = []
    for run in runs { lengths.append(try RunLength(of: run).sequences) }
    let families = Dictionary(
      grouping: runs.indices.filter { runs[$0].stage.optimizer.branches },
      by: { place in
        var family = contents[place]
        family.dependencies = family.dependencies.forAnyBudget
        return family
      })
    for family in families.values {
      guard let longest = family.map({ lengths[$0] }).max(),
        let trunk = family.first(where: { lengths[$0] == longest })
      else { continue }
      for place in family where lengths[place] < longest {
        runs[place].trunk = StudyRun.Trunk(
          name: runs[trunk].name, budget: runs[trunk].stage.budget)
        runs[trunk].branches.append(runs[place].stage.budget)
      }
    }
    return runs
  }

  /// The runs of some stages.
  func of(_ stages: Set<String>) -> [StudyRun] { runs.filter { stages.contains($0.name.stage) } }

  /// What makes two runs the same.
  private struct Content: Hashable {
    var dependencies: StageDependencies
    var size: String
    var options: OptionValues
  }

  /// A run as one variant has it.
  private struct Place: Hashable {
    var stage: String
    var size: String
    var variant: String
  }
}

extension Pipeline {
  /// The pipeline without the variants of its sweep.
  fileprivate var alone: Pipeline {
    var pipeline = self
    pipeline.variants = []
    return pipeline
  }
}
