import Chinchilla
import Foundation
import PluginSDK
import ReplayForgetting
import ScalingLaws
import Testing

struct MeasurementsTests {
  private static let header = "run,N,D,loss,set\n"

  private func measurements(
    _ rows: String, columns: String = "", where conditions: [String] = [], run: String? = nil,
    variables: [String] = ["N", "D"], policy: DivergencePolicy = .clearlyDiverged
  ) throws -> Measurements {
    let table = try DelimitedTable((Self.header + rows).utf8, file: "t.csv")
    return try Measurements(
      MeasurementSelection(
        columns: columns.isEmpty ? [:] : try MeasurementSelection.columns(columns),
        conditions: conditions, run: run),
      variables: variables, in: table, leavingOut: policy)
  }

  @Test func columnsMayBeProductsWithNumbersAndOtherColumns() throws {
    let found = try measurements(
      "a,2,3,2.5,x\n", columns: "N=N*1e6,D=20*N*D, loss = loss", run: "run")
    #expect(found.rows.map(\.values) == [["N": 2e6, "D": 120]])
    #expect(found.rows[0].loss == 2.5)
    #expect(found.rows[0].run == "a")
    #expect(found.rows[0].line == 2)
  }

  @Test(arguments: [
    (["set=x"], [2, 4]), (["set!=x"], [3, 5]), (["N>=2e6"], [3, 4, 5]), (["N<2e6"], [2]),
    (["N=1e6"], [2]), (["N!=1e6"], [3, 4, 5]), (["N>1e6", "set=x"], [4]), (["loss<=3"], [4, 5]),
    (["set!="], [2, 3, 4, 5]),
  ])
  func conditionsChooseRows(_ conditions: [String], _ lines: [Int]) throws {
    let rows = "a,1e6,1e8,4,x\nb,2e6,1e8,3.5,y\nc,3e6,1e8,3,x\nd,4e6,1e8,2.5,y\n"
    #expect(try measurements(rows, where: conditions).rows.map(\.line) == lines)
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    var rows = "a,1e6,1e8,4,x\n"
    var columns = ""
    var conditions: [String] = []
    var run: String?
    var words: String
    var testDescription: String { words }
  }

  @Test(arguments: [
    Mistake(rows: "a,1e6,1e8,-4,x\n", words: "t.csv:2:11: error: the loss is -4.0 here"),
    Mistake(rows: "a,1e6,1e8,0,x\n", words: "t.csv:2:11: error: the loss is 0.0 here"),
    Mistake(rows: "a,1e6,1e8,,x\n", words: "t.csv:2:11: error: 'loss' is empty here"),
    Mistake(
      rows: "a,1e6,1e8,n/a,x\n",
      words: "t.csv:2:11: error: 'loss' is 'n/a' here, which is no number"),
    Mistake(
      rows: "a,1e6,1e8,nan,x\n",
      words: "t.csv:2:11: error: the loss is nan here, as of a run that diverged"),
    Mistake(rows: "a,1e6,1e8,inf,x\n", words: "t.csv:2:11: error: the loss is inf here"),
    Mistake(rows: "a,1e6,0,3,x\n", words: "t.csv:2:7: error: D is 0.0 here and must be"),
    Mistake(rows: "a,-1,1e8,3,x\n", words: "t.csv:2:3: error: N is -1.0 here and must be"),
    Mistake(columns: "X=N", words: "a column is given for 'X', which is no variable of the law"),
    Mistake(columns: "N=parameters", words: "there is no column 'parameters'"),
    Mistake(columns: "N=NN", words: "did you mean 'N'?"),
    Mistake(columns: "N=2*3", words: "'2*3' names no column"),
    Mistake(columns: "N", words: "'N' does not say which column holds what"),
    Mistake(columns: "N=N,N=D", words: "'N' is given two columns"),
    Mistake(
      conditions: ["set=y"],
      words: "no row is left with set=y: in the 1 rows before it 'set' is 'x'"),
    Mistake(conditions: ["set"], words: "the condition 'set' compares nothing"),
    Mistake(conditions: ["set>y"], words: "compares with 'y', which is no number"),
    Mistake(conditions: ["set>1"], words: "compares numbers, and 'x' is none"),
    Mistake(conditions: ["sett=x"], words: "there is no column 'sett'; did you mean 'set'?"),
    Mistake(run: "runs", words: "there is no column 'runs'; did you mean 'run'?"),
    Mistake(
      rows: "a,1e6,1e8,4,x\na,1e6,1e8,3.9,x\n", run: "run",
      words: "run 'a' stands at N = 1000000.0, D = 100000000.0 twice, in lines 2 and 3"),
    Mistake(rows: ",1e6,1e8,4,x\n", run: "run", words: "t.csv:2:1: error: 'run' is empty here"),
  ])
  func aMistakeIsNamedAtItsPlace(_ mistake: Mistake) throws {
    let error = try #require(throws: ScalingLawError.self) {
      try measurements(
        mistake.rows, columns: mistake.columns, where: mistake.conditions, run: mistake.run)
    }
    #expect("\(error)".contains(mistake.words), "\(error)")
  }

  @Test func aMissingVariableNamesTheOptionThatGivesIt() throws {
    let error = try #require(throws: ScalingLawError.self) {
      try measurements("a,1e6,1e8,4,x\n", variables: ["N", "D", "U"])
    }
    #expect(error.message.contains("the law needs 'U'"))
    #expect(error.message.contains("--columns U=COLUMN"))
    #expect(error.message.contains("run, N, D, loss, set"))
  }

  @Test func aShareMayBeZeroAndAnAmountNot() throws {
    let found = try measurements("0,1e6,1e8,4,x\n", columns: "p=run", variables: ["N", "D", "p"])
    #expect(found.rows[0].values["p"] == 0)
  }

  @Test func lossesThatAreNoNumbersAreLeftOutWhereAsked() throws {
    let found = try measurements(
      "a,1e6,1e8,4,x\na,1e6,2e8,nan,x\n", run: "run", policy: .diverged)
    #expect(found.rows.map(\.line) == [2])
    #expect(
      found.leftOut == [LeftOutRow(line: 3, run: "a", loss: nil, reason: "its loss is nan")])
  }

  @Test(arguments: [
    // Samples where tokens are meant.
    ("a,1e9,1e5,4,x\nb,2e9,2e5,3,x\n", "less than 0.001 tokens a parameter"),
    ("a,1e6,20,4,x\nb,1e6,2e7,3,x\nc,1e6,4e7,3,x\n", "D jumps from 20 to 2e+07, with 1 rows"),
    ("a,1e6,2e7,4,x\nb,1.3,4e7,3,x\n", "N jumps from 1.3 to 1e+06"),
    ("a,1e6,2e7,4,x\nb,1e6,2e7,4,x\n", "(lines 2 and 3)"),
  ])
  func whatLooksLikeMixedUnitsIsSaid(_ rows: String, _ words: String) throws {
    let found = try measurements(rows, run: "run")
    #expect(found.warnings.contains { $0.contains(words) }, "\(found.warnings)")
  }

  @Test func soundRowsCauseNoWarnings() throws {
    let found = try measurements("a,1e6,2e7,4,x\nb,2e6,4e7,3.5,x\nc,2e6,4e7,3.6,x\n", run: "run")
    #expect(found.warnings.isEmpty)
  }
}
