import Foundation
import Logging
import Pipelines
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A folder with a C library of functions, good and bad, and manifests that bind them.
struct FunctionFixture {
  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  static let host = ProjectFolders.products.appending(path: "cpt-host").path(percentEncoded: false)
  static let canBuild = compiler != nil && FileManager.default.fileExists(atPath: host)

  let folder: TemporaryFolder

  init(source: String = Self.source) throws {
    folder = try TemporaryFolder()
    let path = try folder.write("functions.c", source)
    let (status, _) = try run(
      try #require(Self.compiler),
      [
        "-std=gnu11", "-Wall", "-Werror", "-shared", "-fPIC", "-O1", path, "-o",
        folder.path("libfunctions.so"), "-lm",
      ])
    try #require(status == 0)
  }

  /// Writes the manifest of a function of progress.
  func curve(
    _ name: String, _ declaration: String, kind: PluginKind = .schedule,
    library: String = "library: libfunctions.so", maps: String = "",
    test: String = "{ progress: 0.25, expect: 0.25, tolerance: 0 }"
  ) throws {
    _ = try folder.write(
      name + ForeignFunction.fileSuffix,
      """
      schema: 1
      kind: \(kind.name)
      \(library)
      time_limit: 20
      function: \(declaration)
      \(maps)
      self_tests:
        - \(test)

      """)
  }

  /// Writes the manifest of a law `E + A / N^alpha`, with E = 2, A = 300, alpha = 0.25 at N = 10⁴ in
  /// its self-test.
  func law(
    _ name: String, _ declaration: String, gradient: String? = nil, expected: Double = 32,
    tolerance: Double = 1e-12, lowest: Double = 0
  ) throws {
    _ = try folder.write(
      name + ForeignFunction.fileSuffix,
      """
      schema: 1
      kind: scaling-law
      version: 1.2.3
      library: libfunctions.so
      function: \(declaration)
      \(gradient.map { "gradient: \($0)" } ?? "")
      variables: [N]
      parameters:
        E: { role: shape, bounds: [\(lowest), 10], unit: nats }
        A: { role: coefficient, bounds: [0, 1000], unit: nats }
        alpha: { role: exponent, bounds: [0.03, 1.5] }
      self_tests:
        - { N: 10k, E: 2, A: 300, alpha: 0.25, expect: \(expected), tolerance: \(tolerance) }

      """)
  }

  /// Writes the manifest of an update: `v = beta v + g`, then `p = p - rate v` with weight decay 0.1
  /// where it is meant to act.
  func update(
    _ name: String, _ declaration: String, concurrency: String = "serial",
    beta: String = "{ default: 0.5, range: [0, 1], help: What is kept. }", more: String = "",
    test: String? = nil
  ) throws {
    _ = try folder.write(
      name + ForeignFunction.fileSuffix,
      """
      schema: 1
      kind: optimizer
      version: 1.2.3
      library: libfunctions.so
      time_limit: 20
      function: \(declaration)
      concurrency: \(concurrency)
      states: { velocity: 0 }
      options:
        beta: \(beta)
      \(more)
      self_tests:
        - \(test ?? Self.updateTest)

      """)
  }

  static let updateTest =
    "{ parameter: [1, -2, 0.5], gradient: [0.5, 0, 2], velocity: [0, 0.1, 1], learning_rate: 0.5, "
    + "step: 3, decays: true, expect: { parameter: [0.7, -1.925, -0.775], velocity: [0.5, 0.05, 2.5] "
    + "}, tolerance: 1e-6 }"

  func registry(_ policy: PluginPolicy = PluginPolicy()) -> PluginRegistry {
    PluginRegistry(
      PluginSearchPath([folder.path]) { try FunctionDecoder.decode(contentsOf: $0) },
      environment: HostEnvironment(
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        hosting: .use(program: Self.host)),
      policy: policy)
  }

  /// What the registry says of a function that it refuses.
  func refusal(
    _ name: String, _ kind: PluginKind = .schedule, _ policy: PluginPolicy = PluginPolicy()
  ) throws -> String {
    let registry = registry(policy)
    return try #require(
      #expect(throws: PluginHostError.self) { try registry.function(kind, name) }
    ).message
  }

  static let source = #"""
    #include <math.h>
    #include <stdint.h>
    #include <stdlib.h>
    #include <unistd.h>

    double power(double N, const double *theta) { return theta[0] + theta[1] * pow(N, -theta[2]); }

    double separate(double alpha, double A, double N, double E) { return E + A * pow(N, -alpha); }

    float in_float(const float *theta, float N) { return theta[0] + theta[1] * powf(N, -theta[2]); }

    void into(double N, const double *theta, int parameter_count, double *result) {
      *result = parameter_count == 3 ? power(N, theta) : -1;
    }

    int batch(const double *N, const double *theta, int64_t count, double *results) {
      for (int64_t i = 0; i < count; i++) results[i] = power(N[i], theta);
      return 0;
    }

    void gradient(double N, const double *theta, double *gradients) {
      gradients[0] = 1;
      gradients[1] = pow(N, -theta[2]);
      gradients[2] = -theta[1] * gradients[1] * log(N);
    }

    void both(const double *N, const double *theta, long count, double *results, double *gradients) {
      for (long i = 0; i < count; i++) {
        results[i] = power(N[i], theta);
        gradient(N[i], theta, gradients + 3 * i);
      }
    }

    void wrong_gradient(double N, const double *theta, double *gradients) {
      gradient(N, theta, gradients);
      gradients[2] = -gradients[2];
    }

    double above_zero(double N, const double *theta) {
      return theta[0] < 0 ? NAN : power(N, theta);
    }

    double same(double progress) { return progress; }

    void same_batch(const double *progress, int count, double *results) {
      for (int i = 0; i < count; i++) results[i] = progress[i];
    }

    double late_nan(double progress) { return progress > 0.5 ? NAN : progress; }
    double rising(double progress) { return 4 * progress; }
    double crash(double progress) { return *(volatile double *)(uintptr_t)progress; }
    double hang(double progress) { for (;;) pause(); }
    double leave(double progress) { exit(0); }
    double forgets(double progress, double *results) { return progress; }
    void nothing(double progress, double *results) {}
    void overrun(double progress, double *results) { results[0] = results[1] = progress; }
    int refuses(double progress, double *results) { *results = progress; return 7; }
    """#
}
