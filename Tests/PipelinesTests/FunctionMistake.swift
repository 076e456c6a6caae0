/// A function manifest, and what is wrong with it after each of many edits.
enum FunctionMistake {
  static let manifest = """
    schema: 1
    kind: scaling-law
    library: libpower.so
    function: double loss(double N, double D, const double *theta)
    parameters:
      E: { role: coefficient, bounds: [0, 100], unit: nats }
      alpha: { role: exponent, bounds: [0.03, 1.5] }
    self_tests:
      - { N: 1e6, D: 1e8, E: 1.5, alpha: 0.3, expect: 1.6, tolerance: 1e-9 }

    """

  static let all: [Mistake] = [
    Mistake(
      "double loss", "doble loss", at: "4:11", in: "function",
      says: "found 'doble', expected the type of the result", "did you mean 'double'?"),
    Mistake(
      "const double *theta", "double *theta", at: "4:43", in: "function",
      says: "'theta' is only read: write 'const double *theta'"),
    Mistake(
      "double N", "double *N", at: "4:23", in: "function",
      says: "'N' is only read"),
    Mistake(
      "double N", "const double *N", at: "4:40", in: "function",
      says: "'D' is one number while others are pointers to many"),
    Mistake(
      "double N, double D", "const double *N", at: "4:11", in: "function",
      says: "take 'int64_t count'"),
    Mistake(
      "double N", "int N", at: "4:23", in: "function",
      says: "'N' holds fractions: write double or float, not 'int32_t'"),
    Mistake(
      "double N", "double M", at: "4:23", in: "function",
      says: "nothing is known of the name 'M'", "theta"),
    Mistake(
      "*theta)", "*tehta)", at: "4:43", in: "function",
      says: "did you mean 'theta'?"),
    Mistake(
      ", const double *theta", "", at: "4:11", in: "function",
      says: "the parameter 'E' reaches no argument"),
    Mistake(
      "const double *theta", "double E", at: "4:11", in: "function",
      says: "the parameter 'alpha' reaches no argument"),
    Mistake(
      "const double *theta", "const double *E", at: "4:43", in: "function",
      says: "'E' is one number and no pointer"),
    Mistake(
      "const double *theta", "double theta", at: "4:43", in: "function",
      says: "'theta' is parameter_count numbers and not one"),
    Mistake(
      "double loss", "void loss", at: "4:11", in: "function",
      says: "the function gives no result"),
    Mistake(
      "double loss", "int loss", at: "4:11", in: "function",
      says: "the function gives no result"),
    Mistake(
      "double loss", "double *loss", at: "4:18", in: "function",
      says: "a pointer cannot be the result"),
    Mistake(
      "double D", "double N", at: "4:33", in: "function",
      says: "two arguments are called 'N'"),
    Mistake(
      "double N, double D, ", "", at: "4:11", in: "function",
      says: "the function takes none of N and D"),
    Mistake(
      "*theta)", "*theta", at: "4:62", in: "function",
      says: "found the end, expected ',' or ')'"),
    Mistake(
      "*theta)", "*theta, ...)", at: "4:64", in: "function",
      says: "variable number of arguments"),
    Mistake(
      "double N", "double **N", at: "4:31", in: "function",
      says: "a pointer to a pointer"),
    Mistake(
      "double N", "double", at: "4:29", in: "function",
      says: "argument 1 has no name"),
    Mistake(
      "double N", "double count", at: "4:23", in: "function",
      says: "'count' is a whole number: write 'int64_t count'"),
    Mistake(
      "double N", "int count", at: "4:23", in: "function",
      says: "takes one at a time"),
    Mistake(
      "double N", "double N[3]", at: "4:31", in: "function",
      says: "write a pointer in place of an array: 'double *N'"),
    Mistake(
      "double loss(", "double (", at: "4:18", in: "function",
      says: "found '(', expected the name of the function"),
    Mistake(
      "*theta)", "*theta) + 1", at: "4:64", in: "function",
      says: "found '+' after the declaration"),
    Mistake(
      "*theta)", "*theta, double *results)", at: "4:64", in: "function",
      says: "gives its result twice"),
    Mistake(
      "*theta)", "*theta, double gradients)", at: "4:64", in: "function",
      says: "write 'double *gradients'"),
    Mistake(
      "function: double", "function: [1]\n#", at: "4:11", in: "function",
      says: "found a list, expected a declaration in C"),
    Mistake(
      "kind: scaling-law", "kind: tokenizer", at: "2:7", in: "kind",
      says: "expected scaling-law, data-mixer, schedule or optimizer"),
    Mistake(
      "schema: 1", "schema: 2", at: "1:9", in: "schema",
      says: "expected 1"),
    Mistake(
      "libpower.so", "../libpower.so", at: "3:10", in: "library",
      says: "beside the manifest", "no folder"),
    Mistake(
      "libpower.so", "power.dll", at: "3:10", in: "library",
      says: "as libmine.so"),
    Mistake(
      "library: libpower.so\n", "library: libpower.so\nsystem: maybe\n", at: "4:9", in: "system",
      says: "expected true or false"),
    Mistake(
      "library: libpower.so\n", "library: libpower.so\nsha256: ABC\n", at: "4:9", in: "sha256",
      says: "64 hexadecimal digits"),
    Mistake(
      "library: libpower.so\n", "library: libpower.so\ntime_limit: 0\n", at: "4:13",
      in: "time_limit",
      says: "a whole number of seconds from 1 to 3600"),
    Mistake(
      "library: libpower.so\n", "library: libpower.so\nargument: { scale: 2 }\n", at: "4:1",
      in: "argument",
      says: "'argument' is not a key of a function manifest", "the keys of a scaling-law are"),
    Mistake(
      "library: libpower.so\n",
      "library: libpower.so\ngradient: void g(double N, const double *theta)\n", at: "4:11",
      in: "gradient",
      says: "gives no derivatives: take 'double *gradients'"),
    Mistake(
      "library: libpower.so\n",
      "library: libpower.so\ngradient: double g(double N, const double *theta, double *gradients)\n",
      at: "4:11", in: "gradient",
      says: "the result is void, or an int"),
    Mistake(
      "library: libpower.so\n", "library: libpower.so\nvariables: [N, X]\n", at: "4:16",
      in: "variables.1",
      says: "expected N or D"),
    Mistake(
      "library: libpower.so\n", "libary: libpower.so\n", at: "3:1", in: "libary",
      says: "did you mean 'library'?"),
    Mistake(
      "unit: nats", "untit: nats", at: "6:45", in: "parameters.E.untit",
      says: "did you mean 'unit'?"),
    Mistake(
      "[0, 100]", "[100, 0]", at: "6:35", in: "parameters.E.bounds",
      says: "the lower bound 100.0 is not below"),
    Mistake(
      "[0, 100]", "[0]", at: "6:35", in: "parameters.E.bounds",
      says: "found 1 numbers, expected two"),
    Mistake(
      "[0, 100]", "[-1, 100]", at: "6:35", in: "parameters.E.bounds",
      says: "a coefficient is at least 0"),
    Mistake(
      "role: exponent, ", "", at: "7:3", in: "parameters.alpha.role",
      says: "the key 'role' is missing: what it does: coefficient, exponent or shape"),
    Mistake(
      "role: exponent", "role: exponnet", at: "7:18", in: "parameters.alpha.role",
      says: "did you mean 'exponent'?"),
    Mistake(
      "expect: 1.6", "expects: 1.6", at: "9:43", in: "self_tests.0.expects",
      says: "did you mean 'expect'?"),
    Mistake(
      "tolerance: 1e-9", "tolerance: -1", at: "9:67", in: "self_tests.0.tolerance",
      says: "a number of at least 0"),
    Mistake(
      ", tolerance: 1e-9", "", at: "9:5", in: "self_tests.0.tolerance",
      says: "the greatest difference"),
    Mistake(
      "E: 1.5, ", "", at: "9:5", in: "self_tests.0.E",
      says: "the key 'E' is missing"),
    Mistake(
      "N: 1e6", "N: -1e6", at: "9:10", in: "self_tests.0.N",
      says: "a number above 0"),
    Mistake(
      "self_tests:\n  - { N: 1e6, D: 1e8, E: 1.5, alpha: 0.3, expect: 1.6, tolerance: 1e-9 }\n",
      "self_tests: []\n", at: "8:13", in: "self_tests",
      says: "give at least one"),
    Mistake(
      "self_tests:\n  - { N: 1e6, D: 1e8, E: 1.5, alpha: 0.3, expect: 1.6, tolerance: 1e-9 }\n", "",
      at: "1:1", in: "self_tests",
      says: "without one a function is never called"),
    Mistake(
      "  E: {", "  theta: {", at: "6:3", in: "parameters.theta",
      says: "'theta' cannot name a parameter"),
  ]
}
