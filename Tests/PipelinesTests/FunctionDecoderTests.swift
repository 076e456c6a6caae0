import Foundation
import Pipelines
import PluginBridges
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

  @Test(arguments: UpdateMistake.all)
  func aMistakeInAnUpdateIsToldOnceAtItsPlace(_ mistake: Mistake) throws {
    let text = try UpdateMistake.manifest.replacingFirst(mistake.find, with: mistake.replacement)
    let diagnostics = Self.diagnostics(text, file: "/plugins/signum.function.yaml")
    #expect(diagnostics.count == 1, "\(diagnostics)")
    let diagnostic = try #require(diagnostics.first)
    #expect("\(diagnostic.line):\(diagnostic.column)" == mistake.place, "\(diagnostic)")
    #expect(diagnostic.path == mistake.path)
    for fragment in mistake.fragments {
      #expect(diagnostic.message.contains(fragment), "\(diagnostic)")
    }
  }

  @Test func anUpdateIsDecodedWithItsStatesAndOptions() throws {
    let function = try FunctionDecoder.decode(
      text: UpdateMistake.manifest, file: "/plugins/signum.function.yaml")
    #expect(function.kind == .optimizer)
    let update = ForeignFunction.Update(
      function: ForeignCallable(
        symbol: "signum", result: nil,
        arguments: [
          .init(role: .count, number: .i64, passing: .value),
          .init(role: .gradient, number: .f32, passing: .input),
          .init(role: .tensor(0), number: .f32, passing: .output),
          .init(role: .tensor(1), number: .f32, passing: .input),
          .init(role: .newTensor(1), number: .f32, passing: .output),
          .init(role: .learningRate, number: .f64, passing: .value),
          .init(role: .option(0), number: .f32, passing: .value),
          .init(role: .option(1), number: .i32, passing: .value),
          .init(role: .option(2), number: .i32, passing: .value),
          .init(role: .step, number: .i64, passing: .value),
          .init(role: .decays, number: .i32, passing: .value),
        ], isBatch: true, declaration: function.main.declaration),
      states: [.init("momentum", initialValue: 0.5)],
      options: [
        OptionDeclaration("beta", .real(0...1), .defaulted(.real(0.9)), help: "Kept."),
        OptionDeclaration("power", .integer(1...4), .required, help: "Of the sign."),
        OptionDeclaration("nesterov", .boolean, .defaulted(.boolean(false)), help: "Look ahead."),
      ], concurrency: .concurrent)
    #expect(function.place == .optimizer(update))
    let example = ForeignFunction.UpdateCase(
      tensors: [[1, -2], [0.5, 0.5]], expected: [[0.75, -2], [1, 0]], gradient: [0.5, 0],
      learningRate: 0.25, step: 7, decays: true,
      options: OptionValues([
        "beta": .real(0.9), "power": .integer(2), "nesterov": .boolean(true),
      ]))
    #expect(function.selfTests == [.init(line: 15, .update(example), tolerance: 1e-6)])
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
              ], isBatch: true,
              declaration: "int32_t losses(const double *theta, const float *D, int64_t count, "
                + "double *results, double *gradients)"),
            gradient: nil)))
    #expect(
      function.selfTests == [
        .init(line: 11, .point(inputs: [1e6, 1e8, 1.5, 0.3], expected: 1.6), tolerance: 1e-9)
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
      arguments: [.init(role: .progress, number: .f64, passing: .value)], isBatch: false,
      declaration: "double cos(double progress)")
    #expect(
      function.place
        == .schedule(
          ForeignFunction.Curve(
            function: cosine, argument: .init(scale: 3), result: .init(scale: 0.5, offset: 0.5))))
    #expect(function.library.isSystem)
    #expect(function.library.sha256?.hasPrefix("0a0a") ?? false)
    #expect(
      function.selfTests == [.init(line: 9, .point(inputs: [0.5], expected: 0.5), tolerance: 1e-9)])
  }
}
