import Experiments
import Glibc
import PluginSDK

extension Report {
  /// The outcome in a few sentences, all of them computed from the results.
  func answerSection() -> Markup {
    section(
      "The answer", id: "answer",
      .tag("div", ["class": "answer"], .fragment(answer().map(Markup.paragraph))))
  }

  /// What continuing saved and cost, and how far that can be trusted: a sentence each.
  func answer() -> [String] {
    guard !comparisons.isEmpty else {
      return [
        "No stage of this study continues from another, so it says nothing about what continual "
          + "pre-training saves.",
        honesty(),
      ]
    }
    return comparisons.flatMap { [savingSentence($0), forgettingSentence($0)] } + [honesty()]
  }

  private func savingSentence(_ comparison: Comparison) -> String {
    let groups = comparison.seedGroups(in: results)
    let subject =
      "Continual pre-training (\(comparison.continuedStage)) from \(comparison.sourceStage) models"
    guard let scratch = comparison.scratchStage else {
      return "\(subject) has no from-scratch stage beside it, so no saving was measured."
    }
    let saved = groups.filter { ($0.saved?.mean ?? 0) > 0 }
    let lost = groups.filter { ($0.saved?.mean ?? 1) <= 0 }.map(\.label)
    let unknown = groups.filter { $0.saved == nil }.map(\.label)
    var parts: [String] = []
    if !saved.isEmpty {
      let all = saved.count == groups.count && groups.count > 1 ? ", that is at all sizes" : ""
      let amounts = saved.compactMap { group in
        group.saved.map { "\(savedText($0, group)) fewer at \(group.label)" }
      }
      parts.append(
        "reached the same \(comparison.target) loss as \(scratch) with fewer FLOPs: "
          + NumberText.list(amounts) + all)
    }
    if !lost.isEmpty {
      parts.append("saved nothing at \(NumberText.list(lost)), where scratch was better")
    }
    if !unknown.isEmpty {
      parts.append("could not be compared at equal loss at \(NumberText.list(unknown))")
    }
    return "\(subject) " + parts.joined(separator: "; it ")
      + ".\(lawsClause(groups)) The source models' own training is not counted."
  }

  /// What the laws say of the same, after what was measured; nothing where there are no two fits.
  private func lawsClause(_ groups: [SeedSpread]) -> String {
    let amounts = groups.compactMap { group in
      group.predicted.map {
        "\(NumberText.percent($0.mean, group.predictedInterval)) at \(group.label)"
      }
    }
    return amounts.isEmpty ? "" : " The fitted laws predict \(NumberText.list(amounts))."
  }

  /// A saving with its interval; of several seeds the mean with the standard deviation.
  private func savedText(_ saved: SeedSpread.Moments, _ group: SeedSpread) -> String {
    guard let deviation = saved.deviation else {
      return NumberText.percent(saved.mean, group.rows.first?.saving?.measuredInterval)
    }
    return NumberText.percent(saved.mean) + " (± \(NumberText.fixed(100 * deviation, 1)) over "
      + "\(saved.count) seeds)"
  }

  private func forgettingSentence(_ comparison: Comparison) -> String {
    let rows = comparison.rows(in: results)
    let changes = rows.compactMap { row -> Double? in
      guard let before = row.sourceBefore, let after = row.sourceAfter else { return nil }
      return after.loss - before.loss
    }
    // As if both losses were of different text, so that it is no smaller than it should be.
    let errors = rows.compactMap { row -> Double? in
      guard let before = row.sourceBefore, let after = row.sourceAfter else { return nil }
      return hypot(before.standardError, after.standardError)
    }
    let error = errors.max().map { ", each ± \(NumberText.fixed($0, 3)) or less" } ?? ""
    guard let source = comparison.source, let least = changes.min(), let greatest = changes.max()
    else {
      return "What the models forgot of their source corpus was not measured."
    }
    if least >= 0 {
      return "Meanwhile the \(source) loss rose by "
        + NumberText.range(changes) { NumberText.fixed($0, 3) } + " nats a token\(error)."
    }
    if greatest <= 0 {
      return "Meanwhile the \(source) loss did not rise: it fell by "
        + NumberText.range(changes.map { -$0 }) { NumberText.fixed($0, 3) }
        + " nats a token\(error)."
    }
    return "Meanwhile the \(source) loss changed by "
      + NumberText.range(changes) { NumberText.signed($0, 3) } + " nats a token\(error)."
  }

  private func honesty() -> String {
    let sizes = results.runs.map { Double($0.parameters.total) }
    let tokens = results.runs.flatMap(\.evaluations).map { Double($0.evaluatedTokens) }
    let models =
      sizes.isEmpty
      ? "There are no runs yet"
      : "These are models of \(NumberText.range(sizes, NumberText.short)) parameters in all"
    let runs =
      results.runs.contains { $0.variants != nil }
      ? "in the combinations of a sweep" : "one seed each"
    return "\(models), \(runs), scored on "
      + (tokens.isEmpty ? "no" : NumberText.range(tokens) { NumberText.count(Int($0)) })
      + " held-out tokens a corpus: a small experiment, not a forecast for larger models."
      + (intervalLevel.map {
        " Brackets hold \(NumberText.percent($0)) intervals, which know nothing of another seed."
      } ?? "")
  }
}
