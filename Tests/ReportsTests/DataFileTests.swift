import Experiments
import Foundation
import Reports
import Testing

struct DataFileTests {
  @Test func everyEvaluationComesBackWithTheSameBits() throws {
    let results = SampleStudy.results()
    let table = rows(try #require(Report(results).data()["evaluations.csv"]))
    let expected = results.runs.flatMap { run in
      run.evaluations.map { (run.stage, run.size, $0) }
    }
    #expect(table.count == expected.count + 1)
    let columns = try #require(table.first)
    let loss = try #require(columns.firstIndex(of: "loss"))
    let flops = try #require(columns.firstIndex(of: "exact_flops"))
    for (row, (stage, size, evaluation)) in zip(table.dropFirst(), expected) {
      #expect(row.count == columns.count)
      #expect(row[0] == stage && row[1] == size && row[2] == evaluation.corpus)
      #expect(Double(row[loss])?.bitPattern == evaluation.loss.bitPattern)
      #expect(Double(row[flops])?.bitPattern == evaluation.exactFLOPs.bitPattern)
    }
  }

  @Test func theEndsOfRunsAreMarkedAndABranchHasNothingTwice() throws {
    var results = SampleStudy.results()
    let run = results.runs[0]
    results.runs[0].sharedSteps = run.steps - 1
    let table = rows(try #require(Report(results).data()["evaluations.csv"]))
    let columns = try ["run", "last", "parameters", "step"].map { name in
      try #require(table[0].firstIndex(of: name))
    }
    let branch = table.filter { $0[columns[0]] == run.id }
    #expect(branch.count == run.evaluations.count { $0.step == run.steps })
    #expect(!branch.isEmpty && branch.allSatisfy { $0[columns[1]] == "yes" })
    #expect(branch.allSatisfy { $0[columns[2]] == "\(run.countedParameters)" })
    let other = results.runs[1]
    for row in table where row[columns[0]] == other.id {
      #expect(row[columns[1]] == (row[columns[3]] == "\(other.steps)" ? "yes" : "no"))
    }
  }

  @Test func everyFileHasRowsOfOneLength() throws {
    let files = Report(SampleStudy.withReplay()).data()
    #expect(
      files.keys.sorted() == [
        "contours.csv", "evaluations.csv", "fits.csv", "forgetting.csv", "frontiers.csv",
        "held_out_errors.csv", "parameters.csv", "replay.csv", "results.csv", "time.csv",
        "training.csv", "transfer.csv",
      ])
    for (name, text) in files {
      let table = rows(text)
      #expect(table.count > 1, "\(name)")
      #expect(Set(table.map(\.count)).count == 1, "\(name)")
    }
  }

  @Test func transferIsWhatSavingsHold() throws {
    let results = SampleStudy.results()
    let table = rows(try #require(Report(results).data()["transfer.csv"]))
    let points = results.savings.flatMap(\.curve)
    #expect(table.count == points.count + 1)
    let saved = try #require(table[0].firstIndex(of: "saved"))
    let transferred = try #require(table[0].firstIndex(of: "transferred"))
    for (row, point) in zip(table.dropFirst(), points) {
      #expect(Double(row[saved]) == point.saved)
      #expect(Double(row[transferred]) == point.transferred)
    }
  }

  @Test func studyWithOneAmountOfReplayHasNoReplayFile() {
    #expect(Report(SampleStudy.results()).data()["replay.csv"] == nil)
  }

  @Test func replayIsByAscendingShareWithinASize() throws {
    let table = rows(try #require(Report(SampleStudy.withReplay()).data()["replay.csv"]))
    let share = try #require(table[0].firstIndex(of: "source_share"))
    let groups = Dictionary(grouping: table.dropFirst()) { $0[0] }
    #expect(groups.count == SampleStudy.sizes.count)
    for group in groups.values {
      let shares = group.compactMap { Double($0[share]) }
      #expect(shares.count == 2)
      #expect(shares == shares.sorted())
    }
  }

  @Test func namesWithCommasQuotesAndNewlinesComeBack() throws {
    var results = SampleStudy.results()
    let name = "a,\"b\"\r\nc"
    results.runs[0].size = name
    let table = rows(try #require(Report(results).data()["evaluations.csv"]))
    #expect(table[1][1] == name)
  }

  @Test func absentSavingIsAnEmptyField() throws {
    var results = SampleStudy.results()
    results.savings[0].measured = nil
    let table = rows(try #require(Report(results).data()["results.csv"]))
    let column = try #require(table[0].firstIndex(of: "saved_measured"))
    #expect(table[1][column] == "")
    #expect(Double(table[2][column]) == results.savings[1].measured)
  }

  @Test func endsOfIntervalsComeBackWithTheSameBits() throws {
    let results = SampleStudy.withIntervals()
    let files = Report(results).data()
    func column(_ name: String, of file: String) throws -> [String] {
      let table = rows(try #require(files[file]))
      let place = try #require(table[0].firstIndex(of: name))
      return table.dropFirst().map { $0[place] }
    }
    #expect(
      try column("saved_measured_low", of: "results.csv").map(Double.init)
        == results.savings.map { $0.measuredInterval?.low })
    #expect(
      try column("saved_predicted_high", of: "results.csv").map(Double.init)
        == results.savings.map { $0.predictedInterval?.high })
    let parameters = results.fits.flatMap(\.parameters)
    #expect(
      try column("high", of: "parameters.csv").map(Double.init)
        == parameters.map { $0.interval?.high })
    #expect(
      try column("loss_low", of: "frontiers.csv").compactMap(Double.init)
        == results.fits.flatMap(\.optima).compactMap { $0.lossInterval?.low })
    #expect(
      try column("saved_low", of: "transfer.csv").map(Double.init)
        == results.savings.flatMap(\.curve).map { $0.savedInterval?.low })
  }

  @Test func spreadOverSeedsIsThatOfTheRuns() throws {
    let results = SampleStudy.withSeeds()
    let table = rows(try #require(Report(results).data()["seeds.csv"]))
    let saved = table.filter { $0[0] == "60k" && $0[5] == "saved_measured" }
    let values = results.savings.filter { $0.size == "60k" }.compactMap(\.measured)
    #expect(values.count == 3 && saved.count == 1)
    let mean = values.reduce(0, +) / 3
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
    // The rounding of sums of three numbers.
    #expect(abs(try #require(Double(saved[0][6])) - mean) < 1e-14)
    #expect(abs(try #require(Double(saved[0][7])) - deviation) < 1e-14)
    #expect(saved[0][8] == "3")
    #expect(Report(SampleStudy.results()).data()["seeds.csv"] == nil)
  }

  /// Reads comma-separated values by RFC 4180.
  private func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\"" where isQuoted && scalars.first == "\"":
        field.append("\"")
        scalars.removeFirst()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        row.append(String(field))
        field = .init()
      case "\n" where !isQuoted:
        rows.append(row + [String(field)])
        row = []
        field = .init()
      default: field.append(scalar)
      }
    }
    return rows
  }
}
