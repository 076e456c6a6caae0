import Experiments
import ReproducibilityPacks
import Testing

struct ComparisonTests {
  typealias Change = @Sendable (inout StudyResults) -> Void

  @Test func studyIsTheSameAsItself() throws {
    let results = try SmallStudy().results
    let comparison = PackComparison.compare(original: results, replayed: results)
    #expect(comparison.isSame)
    #expect(comparison.numbers.count > 40)
    #expect(Set(comparison.numbers.map(\.what)).count == comparison.numbers.count)
    #expect(comparison.summary.hasPrefix("All \(comparison.numbers.count)"))
  }

  @Test func changedLastBitIsFound() throws {
    let changes: [(String, Change)] = [
      ("scratch 60k, english at step 0: loss", { $0.runs[0].evaluations[0].loss = 0.1.nextUp }),
      ("scratch 60k, english at step 2: loss", { $0.runs[0].evaluations[2].loss = 0.0 }),
      (
        "scratch 60k, english at step 0: bits a byte",
        { $0.runs[0].evaluations[0].bitsPerByte = $0.runs[0].evaluations[0].bitsPerByte.nextDown }
      ),
      (
        "scratch 60k, english at step 0: standard error",
        { $0.runs[0].evaluations[0].standardError = 0 }
      ),
      (
        "scratch 60k, training at step 1: gradient norm",
        {
          $0.runs[0].trainingCurve[0].gradientNorm = $0.runs[0].trainingCurve[0].gradientNorm.nextUp
        }
      ),
      ("scratch 60k: exact FLOPs", { $0.runs[0].exactFLOPs = $0.runs[0].exactFLOPs.nextUp }),
      ("fit law: E", { $0.fits[0].parameters[0].value = $0.fits[0].parameters[0].value.nextUp }),
      (
        "fit law, point 1: predicted",
        { $0.fits[0].points[0].predicted = $0.fits[0].points[0].predicted.nextUp }
      ),
      (
        "fit law, optimum 1: loss", { $0.fits[0].optima[0].loss = $0.fits[0].optima[0].loss.nextUp }
      ),
      (
        "saving of cpt against scratch, 60k, english: measured",
        { $0.savings[0].measured = 0.25.nextUp }
      ),
      (
        "saving of cpt against scratch, 60k, english: measured", { $0.savings[0].measured = nil }
      ),
      (
        "saving of cpt against scratch, 60k, english: predicted", { $0.savings[0].predicted = 0 }
      ),
    ]
    let results = try SmallStudy().results
    for (what, change) in changes {
      var replayed = results
      change(&replayed)
      let comparison = PackComparison.compare(original: results, replayed: replayed)
      #expect(comparison.differing.map(\.what) == [what])
      #expect(comparison.summary.contains(what))
    }
  }

  @Test func intervalsCountWhereTheStudyStatesThem() throws {
    let results = try SmallStudy().results
    var withIntervals = results
    withIntervals.savings[0].measuredInterval = IntervalRecord(low: 0.2, high: nil, level: 0.95)
    // A study of before there were intervals, replayed by a version that draws them.
    #expect(PackComparison.compare(original: results, replayed: withIntervals).isSame)
    var other = withIntervals
    other.savings[0].measuredInterval?.low = 0.2.nextUp
    for replayed in [results, other] {
      let comparison = PackComparison.compare(original: withIntervals, replayed: replayed)
      #expect(
        comparison.differing.map(\.what) == [
          "saving of cpt against scratch, 60k, english: measured, lower end"
        ])
    }
  }

  @Test func timesPathsAndIdentitiesDoNotCount() throws {
    let results = try SmallStudy().results
    var replayed = results
    replayed.runs[0].seconds = 99
    replayed.runs[0].tokensPerSecond = 1
    replayed.runs[0].id = "other"
    replayed.fits[0].points[0].run = "other"
    replayed.timings = []
    replayed.corpora[0].files[0].path = "corpora/english/a.txt"
    #expect(PackComparison.compare(original: results, replayed: replayed).isSame)
  }

  @Test func missingRunIsFound() throws {
    let results = try SmallStudy().results
    var replayed = results
    replayed.runs = []
    let forth = PackComparison.compare(original: results, replayed: replayed)
    let back = PackComparison.compare(original: replayed, replayed: results)
    #expect(!forth.isSame)
    #expect(forth.differing.count == back.differing.count)
    #expect(forth.differing.allSatisfy { $0.replayed == nil })
  }
}
