import Foundation
import Pipelines
import PluginSDK
import Testing

@Suite struct FunctionDecoderTests {
  private static let file = "/plugins/power.function.yaml"

  private static func diagnostics(_ text: String, file: String = Self.file) -> [Diagnostic] {
    do throws(PipelineError) {
      _ = try FunctionDecoder.decode(text: text, file: file)
      return []
    } catch {
      return error.diagnostics
    }
  }

  @Test(arguments: FunctionMistake.all)
  func aMistakeIsToldOnceAtItsPlace(_ mistake: Mistake) throws {
    let text = try FunctionMistake.manifest.replacingFirst(mistake.find, with: mistake.replacement)
    let diagnostics = Self.diagnostics(text)
    #expect(diagnostics.count == 1, "\(diagnostics)")
    let diagnostic = try #require(diagnostics.first)
    #expect("\(diagnostic.line):\(diagnostic.column)" == mistake.place, "\(diagnostic)")
    #expect(diagnostic.path == mistake.path)
    for fragment in mistake.fragments {
      #expect(diagnostic.message.contains(fragment), "\(diagnostic)")
    }
  }

  @Test func everyMistakeIsToldAtOnce() throws {
    var text = FunctionMistake.manifest
    for (find, replacement) in [
      ("schema: 1", "schema: 3"), ("double N", "double X"), ("[0, 100]", "[]"), ("1e-9", "some"),
    ] {
      text = try text.replacingFirst(find, with: replacement)
    }
    #expect(Self.diagnostics(text).map(\.line) == [1, 6, 9])
  }

  @Test(arguments: [
    "/plugins/Power.function.yaml", "/plugins/.function.yaml", "/plugins/a_b.function.yaml",
  ])
  func aFileWithoutANameForPipelinesIsRefused(file: String) throws {
    let diagnostics = Self.diagnostics(FunctionMistake.manifest, file: file)
    #expect(diagnostics.count == 1)
    #expect(try #require(diagnostics.first).message.contains("NAME.function.yaml"))
  }

  @Test func aLawIsDecodedWithTheRolesOfItsArguments() throws {
    let text = FunctionMistake.manifest
      .replacing(
        "double loss(double N, double D, const double *theta)",
        with:
          "\"int losses(const double *theta, const float *D, long count, double *results, double *gradients);\""
      )
      .replacing(
        "library: libpower.so", with: "library: libpower.so\nversion: 2.1.0\ntime_limit: 7")
    let function = try FunctionDecoder.decode(text: text, file: Self.file)
    #expect(function.name == "power")
    #expect(function.version == "2.1.0")
    #expect(function.secondsLimit == 7)
    #expect(function.kind == .scalingLaw)
    #expect(
      function.library == ForeignFunction.Library(name: "libpower.so", isSystem: false, sha256: nil)
    )
    #expect(
      function.place
        == .scalingLaw(
          ForeignFunction.Law(
            variables: ["N", "D"],
            parameters: [
              LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
              LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
            ],
            loss: ForeignCallable(
              symbol: "losses", result: .i32,
              arguments: [
                .init(role: .parameters, number: .f64, passing: .input),
                .init(role: .variable(1), number: .f32, passing: .input),
                .init(role: .count, number: .i64, passing: .value),
                .init(role: .results, number: .f64, passing: .output),
                .init(role: .gradients, number: .f64, passing: .output),
              ], isBatch: true),
            gradient: nil)))
    #expect(
      function.selfTests == [
        .init(line: 11, inputs: [1e6, 1e8, 1.5, 0.3], expected: 1.6, tolerance: 1e-9)
      ])
  }

  @Test func aFunctionOfProgressIsDecodedWithItsMaps() throws {
    let function = try FunctionDecoder.decode(
      text: """
        schema: 1
        kind: schedule
        library: libm.so.6
        system: true
        sha256: \(String(repeating: "0a", count: 32))
        function: double cos(double progress)
        argument: { scale: 3 }
        result: { scale: 0.5, offset: 0.5 }
        self_tests: [{ progress: 50%, expect: 0.5, tolerance: 1e-9 }]
        """, file: "/plugins/half-cosine.function.yaml")
    let cosine = ForeignCallable(
      symbol: "cos", result: .f64,
      arguments: [.init(role: .progress, number: .f64, passing: .value)], isBatch: false)
    #expect(
      function.place
        == .schedule(
          ForeignFunction.Curve(
            function: cosine, argument: .init(scale: 3), result: .init(scale: 0.5, offset: 0.5))))
    #expect(function.library.isSystem)
    #expect(function.library.sha256?.hasPrefix("0a0a") ?? false)
    #expect(
      function.selfTests == [.init(line: 9, inputs: [0.5], expected: 0.5, tolerance: 1e-9)])
  }
}
