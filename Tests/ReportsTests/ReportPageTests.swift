import Crypto
import Experiments
import Foundation
import PluginSDK
import Reports
import Testing

/// The page of a study as its readers' programs see it.
struct ReportPageTests {
  /// Studies that a page must be able to show, by what is odd about them.
  enum Oddity: String, CaseIterable, Sendable {
    case nothing, noContinuedStage, noScratchStage, singleSize, oneEvaluation, noEvaluation
    case failedFits, noFits, noRuns, notFinite, hostileNames, noSavings, manySizes
    case noSpeed, noTime, withReplay, fromEarlierVersion, withIntervals, openIntervals, withSeeds

    var results: StudyResults {
      var results = SampleStudy.results()
      switch self {
      case .nothing: break
      case .noContinuedStage:
        results.runs.removeAll { $0.continuedFrom != nil }
        results.savings = []
        results.fits.removeLast()
      case .noScratchStage:
        results.runs.removeAll { $0.stage == "scratch" }
        results.savings = []
      case .singleSize:
        results.runs.removeAll { $0.size != "60k" }
        results.savings.removeAll { $0.size != "60k" }
      case .oneEvaluation:
        for index in results.runs.indices {
          results.runs[index].evaluations = Array(results.runs[index].evaluations.suffix(1))
        }
      case .noEvaluation:
        for index in results.runs.indices { results.runs[index].evaluations = [] }
      case .failedFits:
        for index in results.fits.indices {
          results.fits[index].failure = "3 points cannot fit 5 parameters"
          results.fits[index].parameters = []
          results.fits[index].points = []
          results.fits[index].optima = []
        }
      case .noFits: results.fits = []
      case .noRuns:
        results.runs = []
        results.savings = []
        results.fits = []
      case .notFinite:
        for (index, value) in [Double.nan, .infinity, -.infinity, 0, -1].enumerated() {
          results.runs[5].evaluations[2 * index + 1].loss = value
        }
        results.runs[5].evaluations[25].loss = .nan
        results.fits[0].optima[0].loss = .nan
        results.savings[0].predicted = .infinity
      case .hostileNames: results = hostile(results)
      case .noSavings: results.savings = []
      case .withReplay: results = SampleStudy.withReplay()
      case .withIntervals: results = SampleStudy.withIntervals()
      case .withSeeds: results = SampleStudy.withSeeds()
      case .openIntervals:
        results = SampleStudy.withIntervals()
        for fit in results.fits.indices {
          for place in results.fits[fit].optima.indices {
            results.fits[fit].optima[place].lossInterval?.low = nil
            results.fits[fit].optima[place].parametersInterval?.low = -1
          }
        }
        for place in results.savings.indices {
          results.savings[place].measuredInterval?.high = nil
          for point in results.savings[place].curve.indices {
            results.savings[place].curve[point].scratchTokensInterval?.high = nil
          }
        }
      case .fromEarlierVersion:
        for index in results.fits.indices { results.fits[index].diagnosis = nil }
        for index in results.savings.indices { results.savings[index].curve = [] }
      case .noSpeed: for index in results.runs.indices { results.runs[index].speed = nil }
      case .noTime:
        results.runs[0].speed?.secondsByPart = [:]
        results.runs[1].speed?.peakFLOPsPerSecond = nil
        results.runs[1].speed?.shareOfPeak = nil
      case .manySizes:
        results.runs = results.runs.flatMap { run in
          (0..<12).map { copy in
            var other = run
            other.size = "\(run.size)-a-very-long-name-of-a-size-\(copy)"
            return other
          }
        }
      }
      return results
    }

    private func hostile(_ results: StudyResults) -> StudyResults {
      var results = results
      results.name = ReportPageTests.hostileName
      results.resolvedPipeline = "</pre>" + ReportPageTests.hostileName
      results.environment.processor = ReportPageTests.hostileName
      for index in results.runs.indices {
        results.runs[index].stage += ReportPageTests.hostileName
        results.runs[index].size += ReportPageTests.hostileName
        results.runs[index].continuedFrom? += ReportPageTests.hostileName
      }
      results.corpora[0].skipped = [ReportPageTests.hostileName]
      results.runs[0].speed?.engine = ReportPageTests.hostileName
      results.plugins[0].identity.version = ReportPageTests.hostileName
      results.fits[0].warnings = [ReportPageTests.hostileName]
      results.fits[1].failure = ReportPageTests.hostileName
      return results
    }
  }

  static let hostileName =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&\u{0}\u{1B}]]>"

  @Test(arguments: Oddity.allCases)
  func pageIsWellFormedAndNeedsNothingElse(_ oddity: Oddity) throws {
    let page = Report(oddity.results).html()
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    let outline = try outline(of: page)
    let fetching: Set = ["src", "href", "xlink:href", "srcset", "data", "action", "style"]
    #expect(outline.attributeNames.isDisjoint(with: fetching))
    let active: Set = ["link", "iframe", "object", "embed", "img", "image", "use", "form"]
    #expect(outline.elementNames.isDisjoint(with: active))
    #expect(!outline.attributeNames.contains { $0.hasPrefix("on") })
    #expect(!outline.style.contains("url(") && !outline.style.contains("@import"))
    #expect(!page.contains("http://") && !page.contains("https://"))
    // The one script is the one that the policy allows.
    #expect(page.ranges(of: "<script").count == 1)
    let script = try #require(outline.scripts.first)
    let digest = Data(SHA256.hash(data: Data(script.utf8))).base64EncodedString()
    #expect(
      outline.policy
        == "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(digest)'")
  }

  @Test(arguments: Oddity.allCases)
  func identifiersAreUniqueAndReferencesHit(_ oddity: Oddity) throws {
    let outline = try outline(of: Report(oddity.results).html())
    #expect(Set(outline.identifiers).count == outline.identifiers.count)
    for reference in outline.references { #expect(outline.identifiers.contains(reference)) }
  }

  @Test(arguments: Oddity.allCases)
  func everyPlotPointAndTableSaysWhatItShows(_ oddity: Oddity) throws {
    let outline = try outline(of: Report(oddity.results).html())
    #expect(outline.untitledPlots == 0)
    #expect(outline.pointlessPlots == 0)
    #expect(outline.silentPoints == 0)
    #expect((outline.tips > 0) == (outline.plots > 0))
    #expect(outline.tables == outline.captions)
    #expect(outline.headings.first == "h1")
    #expect(outline.headings.count { $0 == "h1" } == 1)
  }

  /// The names by which the script finds the parts of the page.
  @Test func scriptAndPageAgreeOnNames() throws {
    let outline = try outline(of: Report(SampleStudy.results()).html())
    let script = try #require(outline.scripts.first)
    for name in ["svg.plot", ".points", "figure", ".tip", "title"] {
      #expect(script.contains("\"\(name)"), "\(name)")
    }
    #expect(script.contains("getElementById(\"keys\")") && outline.identifiers.contains("keys"))
    #expect(script.contains("className = \"ring\"") && outline.style.contains(".ring"))
    for attribute in ["\"tabindex\", \"0\"", "\"aria-describedby\", \"keys\""] {
      #expect(script.contains("plot.setAttribute(\(attribute))"))
    }
  }

  @Test(arguments: Oddity.allCases)
  func everyCoordinateIsANumber(_ oddity: Oddity) throws {
    let page = Report(oddity.results).html()
    let outline = try outline(of: page)
    for coordinate in outline.coordinates {
      #expect(!coordinate.contains("nan") && !coordinate.contains("inf"), "\(coordinate)")
    }
  }

  @Test func wholeStudyShowsEveryPart() throws {
    let page = Report(SampleStudy.results()).html()
    let outline = try outline(of: page)
    // Two plots against compute, one of savings, one of transfer, one of forgetting, two of fits and
    // one of times, each once for wide pages and once for narrow ones; two panels of contours and
    // four of tokens.
    #expect(outline.plots == 2 * (2 + 1 + 1 + 1 + 2 + 1) + 2 + 4)
    for id in [
      "answer", "small", "compute", "transfer", "contours", "tokens", "forgetting", "methods",
      "results", "fits", "accounting", "time",
      "corpora", "plugins", "environment", "pipeline",
    ] {
      #expect(outline.identifiers.contains(id), "\(id)")
    }
    #expect(page.contains("frozen: taken from another fit"))
    #expect(page.contains("at its bound"))
    #expect(page.contains("4 points fit 2 free parameters"))
    #expect(page.contains("Left out of chinese: 3 lines"))
  }

  @Test func timeIsShownOnlyWhereItIsKnown() throws {
    var results = SampleStudy.results()
    let page = Report(results).html()
    #expect(page.contains("source 60k, backward: 55 %, 11.3 s"))
    #expect(page.contains("CPU, made-up kernels, 2 threads: 800.0 GFLOP/s at most."))
    #expect(page.contains("all runs"))
    for index in results.runs.indices { results.runs[index].speed = nil }
    #expect(!Report(results).html().contains("Where the time went"))
    let rows = try #require(Report(results).data()["time.csv"]).split(separator: "\n")
    #expect(rows.count == 1 + results.runs.count)
    #expect(rows[1] == "source,60k,,60000.0,,,,,,,,,,,")
  }

  @Test func hostileNamesAreShownAsText() {
    let page = Report(Oddity.hostileNames.results).html()
    #expect(page.contains("&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"))
    // Ours, and none of a name.
    #expect(page.ranges(of: "<script").count == 1)
    #expect(!page.contains("\u{0}") && !page.contains("\u{1B}"))
    let table = Report(Oddity.hostileNames.results).table()
    #expect(!table.contains("\u{0}") && !table.contains("\u{1B}"))
  }

  @Test func failedFitIsToldWithItsReason() {
    let page = Report(Oddity.failedFits.results).html()
    #expect(page.contains("There is no fit of the scratch runs on chinese: 3 points cannot fit"))
  }
}
