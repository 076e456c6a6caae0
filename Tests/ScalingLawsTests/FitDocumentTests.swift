import Chinchilla
import Foundation
import PluginSDK
import PowerLaw
import ReplayForgetting
import ScalingLaws
import Testing

struct FitDocumentTests {
  private static let theta = [1.7, 400, 0.34, 410, 0.28]
  private static let reference = LawReference(name: "chinchilla", version: "1", sha256: "00")
  private static let data = DataReference(
    file: "t.csv", sha256: "11", selection: MeasurementSelection())

  /// A CSV of runs, each with losses along its way; some losses are multiplied.
  private static func table(
    sizes: [Double] = [1e6, 3e6, 1e7, 3e7, 1e8], ratios: [Double] = [20, 60, 200, 600],
    multiplying factors: [Int: Double] = [:]
  ) throws -> String {
    var random = SplitMix(Seed(value: 1))
    var text = "run,N,D,loss\n"
    var line = 2
    for size in sizes {
      for tokens in ratios.map({ $0 * size }) {
        let loss = try Chinchilla().loss(
          theta, at: Allocation(parameters: size, tokens: tokens))
        let noisy = loss * exp(0.003 * random.normal()) * (factors[line] ?? 1)
        text += "n\(size),\(size),\(tokens),\(noisy)\n"
        line += 1
      }
    }
    return text
  }

  private func fit(
    _ text: String, frozen: [String: Double] = [:],
    leavingOut policy: DivergencePolicy = .clearlyDiverged, run: String? = "run"
  ) throws -> FitDocument {
    let law = Chinchilla()
    let measurements = try Measurements(
      MeasurementSelection(run: run), variables: law.variables,
      in: DelimitedTable(text.utf8, file: "t.csv"), leavingOut: policy)
    return try FitDocument(
      of: law, Self.reference, frozen: frozen, to: measurements, from: Self.data,
      leavingOut: policy)
  }

  @Test func itIsTheFitOfItsRows() throws {
    let document = try fit(Self.table())
    let fit = try LawFitter(law: Chinchilla()).fit(document.fittedObservations())
    #expect(document.objective == fit.objective)
    #expect(document.theta == fit.theta)
    #expect(document.rows == 20)
    #expect(document.observations.map(\.predicted) == fit.predicted)
    #expect(document.observations.map(\.residual) == fit.residuals)
    #expect(try #require(document.fittedObservations().runs).count == 20)
    #expect(
      document.parameters.map(\.role)
        == ["coefficient", "coefficient", "exponent", "coefficient", "exponent"])
    #expect(document.warnings.isEmpty, "\(document.warnings)")
  }

  @Test func itIsJudgedOnWhatItHasNotSeen() throws {
    let document = try fit(Self.table())
    let backTest = try #require(document.backTest)
    #expect(backTest.fittedRows == 16)
    #expect(backTest.error.rows == 4)
    let same = try LawFitter(law: Chinchilla()).backTest(document.fittedObservations())
    #expect(backTest.error == same.error)
    #expect(document.leaveOneSizeOut.map(\.least) == [1e6, 3e6, 1e7, 3e7, 1e8])
    #expect(document.leaveOneSizeOut.allSatisfy { $0.least == $0.greatest && $0.error.rows == 4 })
    let left = try LawFitter(law: Chinchilla()).leavingOutEach(
      "N", of: document.fittedObservations())
    #expect(document.leaveOneSizeOut.map(\.error) == left.map(\.error))
  }

  @Test func manySizesAreLeftOutInGroupsThatCoverAll() throws {
    let sizes = (0..<60).map { 1e6 * pow(1.1, Double($0)) }
    let document = try fit(Self.table(sizes: sizes))
    #expect(document.leaveOneSizeOut.count == 24)
    #expect(document.leaveOneSizeOut.reduce(0) { $0 + $1.error.rows } == 240)
    for (left, right) in zip(document.leaveOneSizeOut, document.leaveOneSizeOut.dropFirst()) {
      #expect(left.greatest < right.least)
    }
  }

  @Test func itSurvivesJSONBitForBit() throws {
    let document = try fit(Self.table(), frozen: ["E": 1.7])
    let data = try JSONEncoder().encode(document)
    #expect(try FitDocument(json: data, file: "fit.json") == document)
    #expect(document.frozen == ["E": 1.7])
    #expect(document["E"] == 1.7)
  }

  @Test(arguments: [
    ("{}", "this is no fit"), ("[1]", "this is no fit"), ("", "this is no fit"),
    ("{\"format\": 2}", "this fit has format 2 and this program reads 1"),
    ("{\"format\": 1}", "this fit is damaged"),
  ])
  func whatIsNoFitIsRefused(_ text: String, _ words: String) throws {
    let error = try #require(throws: ScalingLawError.self) {
      try FitDocument(json: Data(text.utf8), file: "fit.json")
    }
    #expect(error.code == .invalidFitDocument)
    #expect("\(error)".hasPrefix("fit.json: error: "))
    #expect(error.message.contains(words), "\(error)")
  }

  @Test func aClearlyDivergedRowIsLeftOutAndNamed() throws {
    let clean = try fit(Self.table())
    // Line 17 is the last point of the second-largest run.
    let document = try fit(Self.table(multiplying: [17: 2.5]))
    #expect(document.leftOut.map(\.line) == [17])
    #expect(document.rows == 19)
    #expect(document.warnings.contains { $0.hasPrefix("Line 17 is left out: its loss") })
    #expect(abs((document["alpha"] ?? 0) / (clean["alpha"] ?? 1) - 1) < 0.1)
    let kept = try fit(Self.table(multiplying: [17: 2.5]), leavingOut: .nothing)
    #expect(kept.leftOut.isEmpty)
    #expect(kept.rows == 20)
    #expect(kept.warnings.contains { $0.hasPrefix("Line 17 may come from a run that diverged") })
  }

  @Test func aLossAboveItsRunsStartIsLeftOutWhereAsked() throws {
    // The loss at 600 tokens a parameter, raised above that at 20 and below 1.5 times better ones.
    let text = try Self.table(multiplying: [5: 1.45])
    let shown = try fit(text)
    #expect(shown.leftOut.isEmpty)
    #expect(shown.warnings.contains { $0.hasPrefix("Line 5 may come from a run that diverged") })
    let document = try fit(text, leavingOut: .diverged)
    #expect(document.leftOut.map(\.line) == [5])
    #expect(document.leftOut[0].reason.contains("where its run starts (line 2)"))
    // Without runs nothing is known of starts.
    #expect(try fit(text, leavingOut: .diverged, run: nil).leftOut.isEmpty)
  }

  @Test func aLossThatRisesByTheLawIsNoDivergence() throws {
    let law = ReplayForgetting()
    let theta = [1e3, 0.3, 0.7, 800]
    var text = "run,L0,N,D,p,loss\n"
    for size in [1e6, 3e6, 1e7, 3e7] {
      for share in [0, 0.01, 0.1] {
        for tokens in [1e7, 1e8, 1e9] {
          let loss = try law.predict(
            theta, at: [[2], [size], [tokens], [share]], wantsGradients: false
          ).losses[0]
          text += "\(size)/\(share),2,\(size),\(tokens),\(share),\(loss)\n"
        }
      }
    }
    let measurements = try Measurements(
      MeasurementSelection(run: "run"), variables: law.variables,
      in: DelimitedTable(text.utf8, file: "t.csv"), leavingOut: .diverged)
    let document = try FitDocument(
      of: law, Self.reference, frozen: [:], to: measurements, from: Self.data,
      leavingOut: .diverged)
    #expect(document.leftOut.isEmpty)
    #expect(document.rows == 36)
  }

  @Test func oneSizeAloneIsRefused() throws {
    let few = try #require(throws: ScalingLawError.self) { try fit(Self.table(sizes: [1e7])) }
    #expect(few.code == .tooFewObservations)
    #expect("\(few)".hasPrefix("t.csv: error: 4 observations cannot fit 5 free parameters"))
    let text = try Self.table(sizes: [1e7], ratios: [5, 10, 20, 40, 80, 160, 320, 640])
    let error = try #require(throws: ScalingLawError.self) { try fit(text) }
    #expect(error.code == .tooFewObservations)
    #expect(error.message.contains("N is 10000000.0 in all 8 rows"), "\(error)")
    #expect(error.message.contains("cannot be told apart"))
    // With the size's own terms given, one size is enough.
    let frozen = try fit(text, frozen: ["E": 1.7, "A": 400, "alpha": 0.34])
    #expect(abs((frozen["beta"] ?? 0) - 0.28) < 0.05)
  }

  @Test func aLawOfComputeIsBackTestedByIt() throws {
    let law = PowerLaw(of: "C", irreducible: false)
    var text = "C,loss\n"
    for step in 0..<12 {
      let compute = 1e17 * pow(3, Double(step))
      text += "\(compute),\(33.7 * pow(compute, -0.0579))\n"
    }
    let measurements = try Measurements(
      MeasurementSelection(), variables: law.variables,
      in: DelimitedTable(text.utf8, file: "t.csv"), leavingOut: .clearlyDiverged)
    let document = try FitDocument(
      of: law, Self.reference, frozen: [:], to: measurements, from: Self.data,
      leavingOut: .clearlyDiverged)
    #expect(try #require(document.backTest).error.meanPercentError < 1e-6)
    #expect(document.leaveOneSizeOut.isEmpty)
    #expect(abs(try #require(document["gamma"]) - 0.0579) < 1e-9)
  }
}
