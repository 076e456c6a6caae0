import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A Swift mixer gives the same through its C table as without it.
struct DataMixerBridgeTests {
  private func mixer(_ options: OptionValues = OptionValues()) throws -> any DataMixer {
    try LoadedDataMixerFactory(
      try unsafe loaded("specimen", .dataMixer) { host, plugin, error in
        unsafe exportDataMixer(SpecimenMixer.self, host, plugin, error)
      }
    ).make(options: options)
  }

  @Test(arguments: [0, 1, 333, 1000])
  func weightsAreThoseOfTheType(drawn: Int) throws {
    let progress = MixingProgress(
      tokensDrawn: drawn, tokensPlanned: 1000, sourceTokensDrawn: [drawn, 0])
    let direct = try DirectDataMixerFactory(SpecimenMixer.self, name: "specimen")
      .make(options: OptionValues())
    #expect(try mixer().weights(at: progress) == (try direct.weights(at: progress)))
    #expect(try mixer().sources == ["ein", "zwei – drei"])
  }

  @Test func weightsThatDoNotSumToOneAreRefused() throws {
    let mixer = try mixer(OptionValues(["sum": .real(1.5)]))
    let error = #expect(throws: PluginError.self) {
      try mixer.weights(
        at: MixingProgress(tokensDrawn: 1, tokensPlanned: 2, sourceTokensDrawn: [1, 0]))
    }
    #expect(
      try #require(error).description
        == "plugin 'specimen': weights gave [1.0, 0.5] for ein, zwei – drei; each must be at least "
        + "0 and their sum 1")
  }
}

/// A Swift law gives the same through its C table as without it.
struct ScalingLawBridgeTests {
  static let theta = [1.5, 2.5, 0.5]

  private func law(optimum: String = "interior") throws -> any ScalingLaw {
    try LoadedScalingLawFactory(
      try unsafe loaded("specimen", .scalingLaw) { host, plugin, error in
        unsafe exportScalingLaw(SpecimenLaw.self, host, plugin, error)
      }
    ).make(options: OptionValues(["optimum": .text(optimum)]))
  }

  private func direct() throws -> any ScalingLaw {
    try DirectScalingLawFactory(SpecimenLaw.self, name: "specimen").make(options: OptionValues())
  }

  @Test(arguments: [0, 1, 3, 1000], [false, true])
  func predictsTheSameBits(count: Int, wantsGradients: Bool) throws {
    let parameters: [Double] = (0..<count).map { Double($0) + 1 }
    let columns = [parameters, parameters.map { $0 / 7 }]
    let throughTable = try law().predict(
      Self.theta, at: columns, wantsGradients: wantsGradients)
    #expect(
      throughTable
        == (try direct().predict(Self.theta, at: columns, wantsGradients: wantsGradients)))
  }

  @Test func variablesAndParametersSurvive() throws {
    #expect(try law().variables == direct().variables)
    #expect(try law().parameters == direct().parameters)
  }

  @Test func lawsOwnErrorComesThrough() throws {
    #expect(throws: PluginError(.invalidArgument, "alpha is negative", plugin: "specimen")) {
      try law().predict([1, 1, -1], at: [[1], [1]], wantsGradients: false)
    }
  }

  @Test func optimumIsGivenMissingOrRefused() throws {
    #expect(
      try law().optimum(Self.theta, compute: 600) == Allocation(parameters: 100, tokens: 2.5))
    #expect(try law(optimum: "none").optimum(Self.theta, compute: 600) == nil)
    #expect(
      throws: PluginError(.unsupported, "beta must be above gamma", plugin: "specimen")
    ) { try law(optimum: "edge").optimum(Self.theta, compute: 600) }
  }
}
