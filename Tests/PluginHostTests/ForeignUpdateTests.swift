import CPUEngine
import GraphLanguage
import Graphs
import PluginBridges
import PluginConformance
import PluginHost
import PluginSDK
import ScalingLaws
import TestFolders
import Testing

/// An optimizer whose update is a function of a C library, called through libffi.
@Suite(.enabled(if: FunctionFixture.canBuild, "no C compiler")) struct ForeignUpdateTests {
  private static let inPlace =
    "void in_place(int64_t count, const float *gradient, float *parameter, float *velocity, "
    + "float learning_rate, float beta, int decays)"

  /// The same update, declared and written in other ways.
  private static let forms = [
    inPlace,
    "int apart(float *new_velocity, double beta, const float *velocity, float *new_parameter, "
      + "double learning_rate, int64_t decays, const float *gradient, const float *parameter, "
      + "int64_t step, int count)",
    "int mixed(const float *gradient, float *parameter, const float *velocity, float *new_velocity, "
      + "long count, float learning_rate, float beta, int decays)",
  ]

  /// The parameter and the state after some updates.
  private func updated(
    _ optimizer: any Optimizer, shape: Shape, decays: Bool, threads: Int = 2, updates: Int = 3
  ) throws -> [[Float]] {
    let info = ParameterInfo(name: "weight", shape: shape, decays: decays)
    let graph = Graph()
    let parameter = try graph.addVariable(
      Variable(
        name: "weight", shape: shape, initializer: .constant(0), decays: decays, isParameter: true))
    let states = try optimizer.states(for: info)
    var values: [Value] = []
    for state in states {
      #expect(state.shape == shape)
      values.append(
        try graph.addVariable(
          Variable(
            name: state.name, shape: state.shape, initializer: .constant(state.initialValue),
            decays: false, isParameter: false)))
    }
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: parameter, gradient: graph.addInput("gradient", shape, .float32),
        states: values, step: graph.addInput("step", .scalar, .float32),
        learningRate: graph.addInput("rate", .scalar, .float32)),
      of: info, in: graph)
    try graph.addUpdate(0, results.parameter)
    for (place, state) in results.states.enumerated() { try graph.addUpdate(place + 1, state) }
    let session = try CPUEngine(threads: threads).makeSession(graph.variables)
    let count = shape.elementCount
    try session.write("weight", (0..<count).map { Float($0 % 97) - 40 })
    for state in states {
      try session.write(state.name, [Float](repeating: state.initialValue, count: count))
    }
    let program = try session.compile(graph, CompileOptions())
    for step in 1...updates {
      _ = try program.run([
        "gradient": .float32((0..<count).map { Float(($0 + step) % 31) / 8 - 2 }),
        "step": .float32([Float(step)]), "rate": .float32([0.25]),
      ])
    }
    return try graph.variables.map { try session.read($0.name) }
  }

  private func expected(count: Int, beta: Float, decays: Bool) -> [[Float]] {
    var parameter = (0..<count).map { Float($0 % 97) - 40 }
    var velocity = [Float](repeating: 0, count: count)
    for step in 1...3 {
      for place in 0..<count {
        velocity[place] = beta * velocity[place]
        velocity[place] += Float((place + step) % 31) / 8 - 2
        var change = velocity[place]
        if decays {
          let decay = 0.1 * parameter[place]
          change += decay
        }
        parameter[place] -= 0.25 * change
      }
    }
    return [parameter, velocity]
  }

  @Test(arguments: forms, [true, false])
  func everyFormOfDeclarationUpdatesTheSame(declaration: String, decays: Bool) throws {
    let fixture = try FunctionFixture(source: Self.source)
    for concurrency in ["serial", "concurrent"] {
      try fixture.update("momentum", declaration, concurrency: concurrency)
      let factory = try fixture.registry().optimizer(named: "momentum")
      #expect(factory.identity.version == "1.2.3")
      #expect(factory.options.map(\.name) == ["beta"])
      let optimizer = try factory.make(options: OptionValues(["beta": .real(0.75)]))
      for (shape, threads) in [([], 1), ([3, 5], 1), ([200, 301], 1), ([200, 301], 3)]
        as [(Shape, Int)]
      {
        let found = try updated(optimizer, shape: shape, decays: decays, threads: threads)
        let exact = expected(count: shape.elementCount, beta: 0.75, decays: decays)
        // The numbers are sums of few binary fractions but for the decay of 0.1, which C may take in
        // double where Swift takes it in float: some last bits of numbers up to 41.
        for (numbers, right) in zip(found, exact) {
          for (number, wanted) in zip(numbers, right) where abs(number - wanted) > 2e-5 {
            Issue.record("\(number) in place of \(wanted)")
            return
          }
        }
      }
    }
  }

  @Test(arguments: forms)
  func itKeepsTheLawsOfOptimizers(declaration: String) throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update("momentum", declaration, concurrency: "concurrent")
    let plugin = PluginUnderTest.optimizer(try fixture.registry().optimizer(named: "momentum"))
    let settings = LawSettings(
      seed: 1, options: OptionValues(), engine: CPUEngine(threads: 2),
      fit: { _, _, _ in [] })
    // That of memory is held in a process of its own: other tests here take some.
    for law in PluginLaw.all(of: .optimizer) where law.name != "plugin.memory" {
      let finding = law.finding(on: plugin, settings)
      #expect(finding.verdict.isGood, "\(finding)")
      if law.name == "optimizer.elementwise" { #expect(finding.verdict == .kept, "\(finding)") }
    }
  }

  @Test func itIsWhatPluginsSayTheyAre() throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update("momentum", Self.inPlace, concurrency: "concurrent")
    let registry = fixture.registry()
    #expect(try registry.options(of: .optimizer, named: "momentum").map(\.name) == ["beta"])
    #expect(try registry.optimizer(named: "momentum").identity.concurrency == .concurrent)
    let library = try registry.library(of: .optimizer, named: "momentum")
    #expect(library.file.identity.kind == .optimizer)
    #expect(library.foreign?.path == fixture.folder.path("libfunctions.so"))
    #expect(throws: PluginError.self) {
      try registry.optimizer(named: "momentum").make(
        options: OptionValues(["beta": .real(1.5)]))
    }
  }

  @Test func aWholeNumberThatDoesNotFitIsRefused() throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update(
      "momentum",
      Self.inPlace.replacing("in_place", with: "whole").replacing("float beta", with: "int beta"),
      beta: "{ type: integer, default: 0, help: Kept or not. }",
      test: "{ parameter: [1], gradient: [0.5], velocity: [8], learning_rate: 0.5, decays: false, "
        + "expect: { parameter: [0.75], velocity: [0.5] }, tolerance: 0 }")
    let factory = try fixture.registry().optimizer(named: "momentum")
    let error = try #require(
      #expect(throws: PluginError.self) {
        try factory.make(options: OptionValues(["beta": .integer(1 << 40)]))
      })
    #expect(error.message.contains("'beta' is 1099511627776, which an int32_t does not hold"))
  }

  /// A function, and what its refusal says.
  static let refused: [(String, String)] = [
    (
      inPlace.replacing("in_place", with: "wrong"),
      "'wrong' made element 0 of 'parameter' 0.9"
    ),
    (
      inPlace.replacing("in_place", with: "forgets"),
      "'forgets' made element 0 of 'velocity' 0.0, and 0.5 within 1e-06 was expected"
    ),
    (inPlace.replacing("in_place", with: "overruns"), "wrote past the end of 'velocity'"),
    (inPlace.replacing("in_place", with: "meddles"), "wrote to 'gradient', which it may only read"),
    (inPlace.replacing("in_place", with: "counts"), "and remember nothing"),
    (inPlace.replacing("in_place", with: "last"), "the same bits whatever stands beside it"),
    (
      inPlace.replacing("void in_place", with: "int refuses"),
      "returned the status 9; 0 is success"
    ),
    (inPlace.replacing("in_place", with: "crashes"), "was ended by signal 11"),
    (
      "void silent(int64_t count, const float *gradient, const float *parameter, float *new_parameter, "
        + "float *velocity, float learning_rate, float beta)",
      "'silent' made element 0 of 'parameter' nan"
    ),
  ]

  @Test(arguments: refused)
  func whatIsNoUpdateIsRefusedAtTheSelfTest(declaration: String, reason: String) throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update("tried", declaration)
    let message = try fixture.refusal("tried", .optimizer)
    let path = fixture.folder.path("tried.function.yaml") + ":13"
    #expect(message.hasPrefix("function 'tried' at '\(path)': "), "\(message)")
    #expect(message.contains(reason), "\(message)")
  }

  /// What no self-test shows: it fails in the third update alone.
  @Test func aFailureInTheMidstOfAllIsAnErrorWithItsName() throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update(
      "late",
      "int late(int64_t count, const float *gradient, float *parameter, float *velocity, "
        + "float learning_rate, float beta, int64_t step)",
      test: "{ parameter: [1], gradient: [1], learning_rate: 0.5, step: 1, "
        + "expect: { parameter: [0.5], velocity: [0] }, tolerance: 0 }")
    let optimizer = try fixture.registry().optimizer(named: "late").make(options: OptionValues())
    #expect(try updated(optimizer, shape: [4], decays: false, updates: 2).count == 2)
    let error = try #require(
      #expect(throws: EngineError.self) {
        try updated(optimizer, shape: [4], decays: false, updates: 3)
      })
    #expect(error.description == "late: 'late' returned the status 5; 0 is success")
  }

  @Test func costsAreMeasuredForElements() throws {
    let fixture = try FunctionFixture(source: Self.source)
    try fixture.update("momentum", Self.inPlace)
    let open = try #require(try fixture.registry().function(.optimizer, "momentum"))
    let cost = try open.measureCost(pointCount: 64)
    #expect(cost.isBatch)
    #expect(cost.pointCount == 64)
    #expect(cost.nanosecondsForOnePoint > 0 && cost.nanosecondsPerPoint > 0)
  }

  private static let source = #"""
    #include <stdint.h>

    static float step(float *p, float *v, float g, float rate, float beta, int decays) {
      *v = beta * *v + g;
      return *p - rate * (*v + (decays ? 0.1f * *p : 0));
    }

    void in_place(int64_t count, const float *gradient, float *parameter, float *velocity,
                  float learning_rate, float beta, int decays) {
      for (int64_t i = 0; i < count; i++)
        parameter[i] = step(parameter + i, velocity + i, gradient[i], learning_rate, beta, decays);
    }

    void whole(int64_t count, const float *gradient, float *parameter, float *velocity,
               float learning_rate, int beta, int decays) {
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
    }

    int apart(float *restrict new_velocity, double beta, const float *velocity,
              float *restrict new_parameter, double learning_rate, int64_t decays,
              const float *gradient, const float *parameter, int64_t update, int count) {
      if (update < 1) return 1;
      for (int i = 0; i < count; i++) new_velocity[i] = (float)beta * velocity[i] + gradient[i];
      for (int i = 0; i < count; i++)
        new_parameter[i] =
            parameter[i]
            - (float)learning_rate * (new_velocity[i] + (decays ? 0.1f * parameter[i] : 0));
      return 0;
    }

    int mixed(const float *gradient, float *parameter, const float *velocity, float *new_velocity,
              long count, float learning_rate, float beta, int decays) {
      for (long i = 0; i < count; i++) {
        new_velocity[i] = velocity[i];
        parameter[i] =
            step(parameter + i, new_velocity + i, gradient[i], learning_rate, beta, decays);
      }
      return 0;
    }

    #define UPDATE(NAME)                                                                    \
      NAME(int64_t count, const float *gradient, float *parameter, float *velocity,         \
           float learning_rate, float beta, int decays)

    void UPDATE(wrong) {
      in_place(count, gradient, parameter, velocity, learning_rate, 0, decays);
      for (int64_t i = 0; i < count; i++) parameter[i] += 0.25f;
    }
    void UPDATE(forgets) {
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
      for (int64_t i = 0; i < count; i++) velocity[i] = 0;
    }
    void UPDATE(overruns) {
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
      velocity[count] = 0;
    }
    void UPDATE(meddles) {
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
      ((float *)gradient)[0] = 0;
    }
    void UPDATE(counts) {
      static float calls = 0;
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
      velocity[0] += calls;
      calls = 1;
    }
    void UPDATE(last) {
      in_place(count, gradient, parameter, velocity, learning_rate, beta, decays);
      if (count > 3) velocity[count - 1] += 1;
    }
    int UPDATE(refuses) { return 9; }
    void UPDATE(crashes) { *(volatile float *)(uintptr_t)count = 0; }
    void silent(int64_t count, const float *gradient, const float *parameter, float *new_parameter,
                float *velocity, float learning_rate, float beta) {}
    int late(int64_t count, const float *gradient, float *parameter, float *velocity,
             float learning_rate, float beta, int64_t update) {
      for (int64_t i = 0; i < count; i++) parameter[i] -= learning_rate * gradient[i];
      return update >= 3 ? 5 : 0;
    }
    """#
}
