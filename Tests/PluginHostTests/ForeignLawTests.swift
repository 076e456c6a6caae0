import Foundation
import PluginBridges
import PluginHost
import PluginSDK
import ScalingLaws
import TestFolders
import Testing

/// A law whose form is a function of a C library, called through libffi.
@Suite(.enabled(if: FunctionFixture.canBuild, "no C compiler")) struct ForeignLawTests {
  private static let sizes = [1e4, 3e5, 7e6]
  private static let theta = [1.5, 250, 0.3]

  private static func exact(_ size: Double) -> [Double] {
    let power = pow(size, -theta[2])
    return [theta[0] + theta[1] * power, 1, power, -theta[1] * power * log(size)]
  }

  @Test(arguments: [
    "double power(double N, const double *theta)",
    "double separate(double alpha, double A, double N, double E)",
    "void into(double N, const double *theta, int parameter_count, double *result)",
    "int batch(const double *N, const double *theta, int64_t count, double *results)",
  ])
  func everyFormOfDeclarationGivesTheSame(declaration: String) throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", declaration)
    let law = try fixture.registry().scalingLaw(named: "power").make(options: OptionValues())
    let prediction = try law.predict(Self.theta, at: [Self.sizes], wantsGradients: true)
    // C and Swift call the same pow; one multiplication may be fused with the sum.
    for (point, size) in Self.sizes.enumerated() {
      let exact = Self.exact(size)
      #expect(abs(prediction.losses[point] - exact[0]) < 1e-13 * exact[0])
      for index in 0..<3 {
        // The stated error of central differences is 4·10⁻¹¹ of the loss, and twice that at worst.
        #expect(
          abs(prediction.gradients[point * 3 + index] - exact[index + 1]) < 1e-7 * exact[0],
          "parameter \(index) at N = \(size)")
      }
    }
  }

  @Test func aFunctionInFloatIsAsExactAsFloat() throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", "float in_float(const float *theta, float N)", tolerance: 1e-4)
    let law = try fixture.registry().scalingLaw(named: "power").make(options: OptionValues())
    let prediction = try law.predict(Self.theta, at: [Self.sizes], wantsGradients: true)
    for (point, size) in Self.sizes.enumerated() {
      let exact = Self.exact(size)
      #expect(abs(prediction.losses[point] - exact[0]) < 1e-5 * exact[0])
      for index in 0..<3 {
        #expect(
          abs(prediction.gradients[point * 3 + index] - exact[index + 1]) < 2e-2 * exact[0],
          "parameter \(index) at N = \(size)")
      }
    }
  }

  @Test(arguments: [
    (
      "double power(double N, const double *theta)",
      "void gradient(double N, const double *theta, double *gradients)"
    ),
    (
      "void both(const double *N, const double *theta, long count, double *results, "
        + "double *gradients)", nil
    ),
  ])
  func derivativesOfTheLibraryAreTaken(declaration: String, gradient: String?) throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", declaration, gradient: gradient)
    let law = try fixture.registry().scalingLaw(named: "power").make(options: OptionValues())
    let prediction = try law.predict(Self.theta, at: [Self.sizes], wantsGradients: true)
    let exact = Self.sizes.flatMap { Self.exact($0).dropFirst() }
    for (given, expected) in zip(prediction.gradients, exact) {
      #expect(abs(given - expected) <= 1e-13 * abs(expected))
    }
  }

  @Test func aWrongDerivativeIsFoundByDifferences() throws {
    let fixture = try FunctionFixture()
    try fixture.law(
      "power", "double power(double N, const double *theta)",
      gradient: "void wrong_gradient(double N, const double *theta, double *gradients)")
    let message = try fixture.refusal("power", .scalingLaw)
    #expect(message.contains("power.function.yaml:13': the self-test failed"), "\(message)")
    #expect(message.contains("the derivative by 'alpha' is 276.3"), "\(message)")
    #expect(message.contains("finite differences of the loss give -276.3"), "\(message)")
  }

  @Test func differencesStayInsideTheBounds() throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", "double above_zero(double N, const double *theta)")
    let law = try fixture.registry().scalingLaw(named: "power").make(options: OptionValues())
    let atBound = try law.predict([0, 250, 0.3], at: [Self.sizes], wantsGradients: true)
    #expect(atBound.gradients.allSatisfy { $0.isFinite })
    for point in Self.sizes.indices { #expect(abs(atBound.gradients[3 * point] - 1) < 1e-8) }
  }

  @Test(arguments: [
    "double power(double N, const double *theta)",
    "int batch(const double *N, const double *theta, int64_t count, double *results)",
  ])
  func aFitRecoversTheCoefficients(declaration: String) throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", declaration)
    let law = try fixture.registry().scalingLaw(named: "power").make(options: OptionValues())
    let sizes = (0..<12).map { 1e4 * pow(2, Double($0)) }
    let losses = try law.predict(Self.theta, at: [sizes], wantsGradients: false).losses
    let fit = try LawFitter(law: law).fit(Observations(columns: ["N": sizes], losses: losses))
    for (given, expected) in zip(fit.theta, Self.theta) {
      #expect(abs(given - expected) < 1e-3 * expected, "\(fit.theta)")
    }
  }

  @Test func manifestAndLibraryAreRecorded() throws {
    let fixture = try FunctionFixture()
    try fixture.law("power", "double power(double N, const double *theta)")
    let registry = fixture.registry()
    let record = try registry.library(of: .scalingLaw, named: "power")
    #expect(record.file.path == fixture.folder.path("power.function.yaml"))
    #expect(record.file.identity.version == "1.2.3")
    #expect(record.file.identity.entry == "power")
    let library = try #require(record.foreign)
    #expect(library.path == fixture.folder.path("libfunctions.so"))
    #expect(!library.isSystem)
    for (path, digest) in [(record.file.path, record.digest), (library.path, library.digest)] {
      #expect(try run("/usr/bin/sha256sum", [path]).output.hasPrefix(digest))
    }
    #expect(registry.libraries == [record])
    #expect(registry.searchPath.refused.isEmpty, "the library behind a manifest is no stranger")
    #expect(try registry.options(of: .scalingLaw, named: "power").isEmpty)
  }

  @Test func whatACallCostsCanBeMeasured() throws {
    let fixture = try FunctionFixture()
    try fixture.law("single", "double power(double N, const double *theta)")
    try fixture.law(
      "many", "int batch(const double *N, const double *theta, int64_t count, double *results)")
    let registry = fixture.registry()
    for (name, isBatch) in [("single", false), ("many", true)] {
      let cost = try #require(try registry.function(.scalingLaw, name)).measureCost()
      #expect(cost.isBatch == isBatch)
      #expect(cost.nanosecondsForOnePoint > 0)
      #expect(cost.nanosecondsPerPoint > 0)
    }
  }
}
