/// The manifest of an optimizer's update, and what is wrong with it after each of many edits.
enum UpdateMistake {
  private static let function = """
    function: >-
      void signum(int64_t count, const float *gradient, float *parameter, const float *momentum,
      float *new_momentum, double learning_rate, float beta, int power, int nesterov, int64_t step,
      int decays)
    """

  static let manifest = """
    schema: 1
    kind: optimizer
    library: libsignum.so
    \(function)
    states: { momentum: 0.5 }
    concurrency: concurrent
    options:
      beta: { default: 0.9, range: [0, 1], help: Kept. }
      power: { type: integer, range: [1, 4], help: Of the sign. }
      nesterov: { type: boolean, default: false, help: Look ahead. }
    self_tests:
      - { parameter: [1, -2], gradient: [0.5, 0], learning_rate: 0.25, step: 7, decays: true,
          power: 2, nesterov: true, expect: { parameter: [0.75, -2], momentum: [1, 0] },
          tolerance: 1e-6 }

    """

  static let all: [Mistake] = declarations + keys + tests

  /// A short declaration in the place of the whole one, so that columns can be counted.
  private static func declaration(
    _ arguments: String, at place: String, says fragment: String, _ more: String? = nil
  ) -> Mistake {
    Mistake(
      function, "function: void f(\(arguments))", at: place, in: "function", says: fragment,
      more ?? fragment)
  }

  private static let rest =
    "float learning_rate, float beta, int power, int nesterov"

  private static let declarations = [
    declaration(
      "int64_t count, const double *gradient, float *parameter, float *momentum, \(rest)",
      at: "4:33", says: "'gradient' holds float32 numbers: write float, not 'double'"),
    declaration(
      "int64_t count, float *gradient, float *parameter, float *momentum, \(rest)",
      at: "4:33", says: "'gradient' is a number for each element, only read: write 'const float"),
    declaration(
      "int64_t count, const float *gradient, float parameter, float *momentum, \(rest)",
      at: "4:56", says: "'parameter' is a number for each element: write 'float *parameter'"),
    declaration(
      "int64_t count, const float *gradient, const float *parameter, float *momentum, \(rest)",
      at: "4:56", says: "'parameter' is only read", "take 'float *new_parameter' too"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *new_parameter, "
        + "float *momentum, \(rest)",
      at: "4:74", says: "'parameter' is replaced in place already"),
    declaration(
      "int64_t count, const float *gradient, const float *parameter, const float *new_parameter, "
        + "float *momentum, \(rest)",
      at: "4:80", says: "'new_parameter' is where the function writes"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, int *momentum, \(rest)",
      at: "4:74", says: "'momentum' holds float32 numbers: write float, not 'int32_t'"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, \(rest)",
      at: "4:11", says: "'momentum' reaches no argument: take 'float *momentum'"),
    declaration(
      "const float *gradient, float *parameter, float *momentum, \(rest)",
      at: "4:11", says: "the number of elements reaches no argument: take 'int64_t count'"),
    declaration(
      "double count, const float *gradient, float *parameter, float *momentum, \(rest)",
      at: "4:18", says: "'count' is a whole number"),
    declaration(
      "int64_t count, float *parameter, float *momentum, \(rest)",
      at: "4:11", says: "the gradient reaches no argument"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *momentum, float beta, "
        + "int power, int nesterov",
      at: "4:11", says: "the learning rate reaches no argument: take 'float learning_rate'"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *momentum, "
        + "float learning_rate, float beta, int power",
      at: "4:11", says: "the option 'nesterov' reaches no argument: take 'int nesterov'"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *momentum, "
        + "float learning_rate, float beta, float power, int nesterov",
      at: "4:124", says: "'power' is a whole number"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *momentum, "
        + "float learning_rate, int beta, int power, int nesterov",
      at: "4:112", says: "'beta' holds fractions: write double or float"),
    declaration(
      "int64_t count, const float *gradient, float *parameter, float *momentum, \(rest), float stp",
      at: "4:149", says: "nothing is known of the name 'stp'; did you mean 'step'?"),
    Mistake(
      "float *new_momentum", "double *new_momentum", at: "6:3", in: "function",
      says: "'new_momentum' holds float32 numbers: write float, not 'double'"),
    Mistake(
      "int decays)", "int decays", at: "7:13", in: "function",
      says: "found the end, expected ',' or ')'"),
    Mistake(
      function,
      "function: float f(int64_t count, const float *gradient, float *parameter, float *momentum, "
        + "\(rest))",
      at: "4:11", in: "function",
      says: "an update goes to 'parameter', so the result is void, or an int that is 0"),
  ]

  private static let keys = [
    Mistake(
      "states: { momentum: 0.5 }", "states: { momentum: 1e39 }", at: "8:21",
      in: "states.momentum", says: "expected a number that float32 holds"),
    Mistake(
      "states: { momentum: 0.5 }", "states: [momentum]", at: "8:9", in: "states",
      says: "found a list, expected a mapping of states and what they start as"),
    Mistake(
      "states: { momentum: 0.5 }", "states: { momentum: 0.5, step: 1 }", at: "8:26",
      in: "states.step", says: "'step' cannot name a state"),
    Mistake(
      "concurrency: concurrent", "concurrency: parallel", at: "9:14", in: "concurrency",
      says: "found 'parallel', expected serial or concurrent"),
    Mistake(
      "  nesterov: {", "  warmup: {", at: "13:3", in: "options.warmup",
      says: "'warmup' cannot name an option", "learning_rate"),
    Mistake(
      "  nesterov: {", "  momentum: {", at: "13:3", in: "options.momentum",
      says: "'momentum' cannot name an option"),
    Mistake(
      ", help: Kept.", "", at: "11:3", in: "options.beta.help",
      says: "the key 'help' is missing: one line on what it does"),
    Mistake(
      "default: 0.9", "default: 1.9", at: "11:20", in: "options.beta.default",
      says: "found '1.9', expected a number from 0 to 1"),
    Mistake(
      "type: integer", "type: text", at: "12:18", in: "options.power.type",
      says: "expected real, integer or boolean"),
    Mistake(
      "type: boolean", "type: boolean, range: [0, 1]", at: "13:37",
      in: "options.nesterov.range", says: "true and false have no range"),
    Mistake(
      "concurrency: concurrent", "argument: { scale: 2 }", at: "9:1", in: "argument",
      says: "'argument' is not a key of a function manifest", "the keys of an optimizer are"),
  ]

  private static let tests = [
    Mistake(
      "gradient: [0.5, 0]", "gradient: [0.5]", at: "15:37", in: "self_tests.0.gradient",
      says: "found 1 numbers, expected 2, one for each of 'parameter'"),
    Mistake(
      "momentum: [1, 0]", "momentum: [1, 0, 3]", at: "16:76",
      in: "self_tests.0.expect.momentum", says: "found 3 numbers, expected 2"),
    Mistake(
      ", momentum: [1, 0]", "", at: "16:33", in: "self_tests.0.expect.momentum",
      says: "the key 'momentum' is missing: what its elements become"),
    Mistake(
      "power: 2", "power: 9", at: "16:14", in: "self_tests.0.power",
      says: "found '9', expected a whole number from 1 to 4"),
    Mistake(
      "power: 2, ", "", at: "15:5", in: "self_tests.0.power",
      says: "the option 'power' of the function is missing: Of the sign."),
    Mistake(
      "step: 7, ", "", at: "15:5", in: "self_tests.0.step",
      says: "the key 'step' is missing: 1 in the first update"),
    Mistake(
      "decays: true", "decays: maybe", at: "15:85", in: "self_tests.0.decays",
      says: "expected true or false"),
    Mistake(
      "parameter: [1, -2]", "parameter: [1, two]", at: "15:22", in: "self_tests.0.parameter.1",
      says: "found 'two', expected a number"),
    Mistake(
      "learning_rate: 0.25", "learning_rat: 0.25", at: "15:47",
      in: "self_tests.0.learning_rat", says: "did you mean 'learning_rate'?"),
  ]
}
