import Experiments
import Foundation
import PluginSDK
import Reports
import Testing

struct ReportTableTests {
  private let results = SampleStudy.results()

  @Test func numbersOfTheTableAreThoseOfTheResults() throws {
    let lines = Report(results).table().split(separator: "\n").map(String.init)
    for run in results.runs where run.stage != "source" {
      let line = try #require(
        lines.first { $0.hasPrefix(run.size + " ") && $0.contains(run.stage) })
      let words = line.split(separator: " ").map(String.init)
      let last = try #require(run.evaluations.last { $0.corpus == "chinese" })
      #expect(words[2].filter { $0 != "," } == String(run.countedParameters))
      #expect(words[3].filter { $0 != "," } == String(run.parameters.total))
      #expect(words[4].filter { $0 != "," } == String(run.tokens))
      // Half of the last printed digit, and a little for the binary fraction.
      #expect(abs(try number(words[6]) - last.loss) < 0.000501)
      #expect(words[7] == "±")
      #expect(abs(try number(words[8]) - last.standardError) < 0.000501)
      #expect(abs(try number(words[9]) - last.bitsPerByte) < 0.000501)
      let error = last.standardError * last.bitsPerByte / last.loss
      #expect(abs(try number(words[11]) - error) < 0.000501)
      if run.stage == "cpt" {
        let saving = try #require(results.savings.first { $0.size == run.size })
        let measured = try #require(saving.measured)
        if measured > 0 {
          #expect(abs(try number(words[12]) / 100 - measured) < 0.00501)
        } else {
          #expect(line.contains("none: scratch was better"))
        }
      }
    }
  }

  @Test func missingRunsAreNamedFirst() {
    var results = results
    let whole = Report(results)
    #expect(!whole.table().contains("not finished") && !whole.html().contains("not finished"))
    let last = results.runs.removeLast()
    results.missingRuns = ["\(last.stage) \(last.size)"]
    let sentence =
      "1 of \(results.runs.count + 1) runs of the pipeline are missing: \(last.stage) \(last.size)."
    #expect(Report(results).table().hasPrefix("This study is not finished: \(sentence)\n"))
    #expect(Report(results).html().contains(sentence))
  }

  @Test func exactFLOPsAreThoseOfTheGraph() throws {
    var results = results
    results.runs[4].exactFLOPs = 9.996e12
    results.runs[5].exactFLOPs = 1.2345e9
    let table = Report(results).table()
    #expect(table.contains("1.00×10¹³"))
    #expect(table.contains("1.23×10⁹"))
    #expect(!table.contains("10.00×"))
  }

  @Test func sourceLossIsGivenBeforeAndAfter() throws {
    let lines = Report(results).table().split(separator: "\n").map(String.init)
    for run in results.runs where run.stage == "cpt" {
      let english = run.evaluations.filter { $0.corpus == "english" }
      let before = try #require(english.first)
      let after = try #require(english.last)
      let line = try #require(lines.last { $0.hasPrefix(run.size + " ") })
      let words = line.split(separator: " ").map(String.init)
      #expect(abs(try number(words[1]) - before.loss) < 0.000501)
      #expect(abs(try number(words[4]) - after.loss) < 0.000501)
      #expect(abs(try number(words[7]) - (after.loss - before.loss)) < 0.000501)
    }
  }

  @Test func nothingSavedIsSaidInPlainWords() {
    var results = results
    for index in results.savings.indices { results.savings[index].measured = -0.1 }
    let report = Report(results)
    #expect(report.table().contains("none: scratch was better"))
    #expect(report.table().contains("cpt needed 10 % more FLOPs"))
    #expect(
      report.html().contains(
        "Continual pre-training (cpt) from source models saved nothing at 60k, 120k, 250k and 500k, "
          + "where scratch was better."))
  }

  @Test func everySavingIsNamedInTheAnswer() {
    var results = results
    for index in results.savings.indices { results.savings[index].measured = 0.25 }
    #expect(
      Report(results).html().contains(
        "25 % fewer at 60k, 25 % fewer at 120k, 25 % fewer at 250k and 25 % fewer at 500k"))
  }

  @Test func savingThatCannotBeMeasuredIsSaidWithItsReason() {
    var results = results
    results.savings[1].measured = nil
    results.savings[1].remark = "the curves share no loss"
    let report = Report(results)
    #expect(report.table().contains("not measured"))
    #expect(report.table().contains("120k: the curves share no loss"))
    #expect(report.html().contains("could not be compared at equal loss at 120k"))
  }

  @Test func studyWithoutContinuedStageListsItsRuns() {
    let results = ReportPageTests.Oddity.noContinuedStage.results
    let report = Report(results)
    #expect(report.table().contains("source"))
    #expect(report.table().contains("english"))
    #expect(report.html().contains("No stage of this study continues from another"))
  }

  @Test func forgettingIsToldAsItIs() {
    var results = results
    #expect(Report(results).html().contains("Meanwhile the english loss rose by"))
    for index in results.runs.indices where results.runs[index].stage == "cpt" {
      for place in results.runs[index].evaluations.indices {
        results.runs[index].evaluations[place].loss = 9 - Double(place) / 100
      }
    }
    #expect(Report(results).html().contains("the english loss did not rise: it fell by 0.240"))
  }

  @Test func columnsOfTheTableLineUp() {
    let blocks = Report(results).table().split(separator: "\n\n")
    for block in blocks where block.contains("---") {
      let lines = block.split(separator: "\n")
      let rule = lines.first { $0.hasPrefix("---") }?.count ?? 0
      #expect(lines.allSatisfy { $0.count <= rule })
    }
  }

  private func number(_ text: String) throws -> Double { try #require(Double(text)) }
}
