import Experiments
import Foundation
import Reports
import Testing

/// How a report states what is known of its numbers.
struct ReportIntervalTests {
  private static func study(
    measured: IntervalRecord?, predicted: IntervalRecord?
  ) -> StudyResults {
    var results = SampleStudy.withIntervals()
    for place in results.savings.indices {
      results.savings[place].measured = 0.48
      results.savings[place].measuredInterval = measured
      results.savings[place].predicted = 0.31
      results.savings[place].predictedInterval = predicted
    }
    return results
  }

  private static func interval(_ low: Double?, _ high: Double?) -> IntervalRecord {
    IntervalRecord(low: low, high: high, level: 0.95)
  }

  @Test func savingsStandWithTheirIntervals() {
    let report = Report(
      Self.study(measured: Self.interval(0.41, 0.55), predicted: Self.interval(0.22, 0.43)))
    for text in [report.table(), report.html()] {
      #expect(text.contains("48 % [41, 55]"))
      #expect(text.contains("31 % [22, 43]"))
      #expect(!text.contains("contradict"))
    }
    let page = report.html()
    #expect(page.contains("48 % [41, 55] fewer at 60k, 48 % [41, 55] fewer at 120k"))
    #expect(page.contains("The fitted laws predict 31 % [22, 43] at 60k"))
    #expect(page.contains("Brackets hold 95 % intervals, which know nothing of another seed."))
    #expect(page.contains("percentiles of 200 fits to as many runs drawn with replacement"))
  }

  @Test func aLawSaysWhichEvaluationsItIsFittedTo() {
    var results = SampleStudy.withIntervals()
    for (endsOnly, words) in [
      (true, "the ends of its runs, where the learning rate has come down"),
      (false, "those inside a run are not annealed"),
    ] {
      for place in results.fits.indices { results.fits[place].usesEndsOnly = endsOnly }
      #expect(Report(results).html().contains(words))
    }
  }

  @Test func contradictionIsSaidWithBothIntervals() {
    let report = Report(
      Self.study(measured: Self.interval(0.41, 0.55), predicted: Self.interval(0.25, 0.36)))
    for text in [report.table(), report.html()] {
      #expect(
        text.contains(
          "60k: the laws contradict what was measured, 31 % [25, 36] against 48 % [41, 55]"))
    }
  }

  @Test func openEndsAreSaidToBeOpen() {
    let report = Report(Self.study(measured: Self.interval(nil, 0.55), predicted: nil))
    #expect(report.table().contains("48 % [open, 55]"))
    #expect(report.table().contains("31 %"))
  }

  @Test func studyWithoutIntervalsSpeaksOfNone() {
    let page = Report(SampleStudy.results()).html()
    #expect(!page.contains("Brackets") && !page.contains("95 % interval"))
  }

  @Test func parametersStandWithIntervalsAndTheBackTest() throws {
    let results = SampleStudy.withIntervals()
    let page = Report(results).html()
    #expect(page.contains("[1.4562, 1.7798]"))
    #expect(page.contains("95 % interval"))
    #expect(page.contains("frozen: taken from another fit, draw by draw"))
    #expect(page.contains("it misses the other 1 by 0.81 %"))
    let lines = Report(results).table().split(separator: "\n")
    let law = try #require(lines.first { $0.hasPrefix("scratch: chinchilla") })
    let words = law.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(
      words == [
        "scratch:", "chinchilla", "4", "0.81", "%", "E", "1.6180", "[1.4562,", "1.7798]",
      ])
    #expect(lines.contains { $0.contains("109.40") && $0.contains("[98.4600, open]") })
  }

  @Test func bandsAndBarsAreDrawnOnlyWithIntervals() {
    let plain = Report(SampleStudy.results()).html()
    let known = Report(SampleStudy.withIntervals()).html()
    #expect(!plain.contains("class=\"band") && !plain.contains("class=\"interval"))
    // Two frontiers and four predicted curves in two plots, each once wide and once narrow; the best
    // sizes of two laws in panels.
    #expect(known.components(separatedBy: "class=\"band").count - 1 == 2 * 2 + 2 * 8 + 2)
    #expect(known.contains("class=\"interval"))
  }

  @Test func seedsAreSummedUpBySize() {
    let results = SampleStudy.withSeeds()
    let report = Report(results)
    for text in [report.table(), report.html()] {
      #expect(text.contains("From seed to seed: mean ± standard deviation (number of seeds)"))
      #expect(text.contains("(n = 3)"))
    }
    #expect(report.html().contains("over 3 seeds) fewer at 60k"))
    // Laws say the same of all seeds: one line a size in two plots, each wide and narrow.
    let lines = report.html().components(separatedBy: "<title>by the laws</title>").count - 1
    #expect(lines == 2 * 2 * SampleStudy.sizes.count)
    #expect(report.html().contains("3 seeds. The standard error beside a loss"))
    #expect(!Report(SampleStudy.results()).table().contains("From seed to seed"))
  }

  /// Stages of a sweep have a line, a colour and a mark for each variant, and seeds of one look alike.
  @Test func variantsDifferInColourMarkAndDash() throws {
    var results = SampleStudy.withSeeds()
    for index in results.runs.indices where results.runs[index].stage == "cpt" {
      let seed = results.runs[index].variant ?? ""
      let rate = seed == "seed=1" ? "0.5" : "0.25"
      results.runs[index].variant = "\(seed),rate=\(rate)"
    }
    let page = Report(results).html()
    let legends = page.components(separatedBy: "<ul class=\"legend\">")
    let entries = legends[1].components(separatedBy: "<li>").dropFirst()
    func classes(_ name: String) throws -> [String] {
      let entry = try #require(entries.first { $0.contains("<span>\(name)</span>") })
      return entry.components(separatedBy: "class=\"").dropFirst().map {
        String($0.prefix { $0 != "\"" })
      }
    }
    let (one, other) = (try classes("cpt rate=0.5"), try classes("cpt rate=0.25"))
    #expect(one.contains("line solid c1") && other.contains("line solid c2 d1"))
    #expect(entries.count { $0.contains("<span>cpt rate") } == 2)
  }

  @Test func labelsOfContoursThatWouldTouchAreLeftOut() throws {
    var results = SampleStudy.results()
    let contour = try #require(results.fits[0].diagnosis?.contours.first)
    results.fits[0].diagnosis?.contours = [4.2, 4.21].map { loss in
      var same = contour
      same.loss = loss
      return same
    }
    let page = Report(results).html()
    #expect(page.contains(">4.20</text>") && !page.contains(">4.21</text>"))
  }
}
