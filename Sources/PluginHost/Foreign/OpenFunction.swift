import Glibc
package import PluginBridges
import PluginSDK

/// A foreign function that can be called: its library is open.
package final class OpenFunction: Sendable {
  package let function: ForeignFunction
  package let library: ForeignLibrary
  /// The SHA-256 of the manifest, in hexadecimal.
  package let digest: String
  let main: ForeignCall
  let gradient: ForeignCall?

  /// Opens a function and runs its self-tests, in a process of their own and then in this one.
  ///
  /// - Parameters:
  ///   - function: The decoded manifest.
  ///   - program: The host's program, which the separate process runs.
  /// - Throws: ``PluginHostError`` with the manifest's place and what was found.
  package convenience init(
    tried function: ForeignFunction, program: String
  ) throws(PluginHostError) {
    if let path = try OpenLibrary.path(of: function) {
      _ = try OpenLibrary.checkedDigest(of: path, for: function)
    }
    try FunctionTrial.run(function, program: program)
    try self.init(function)
    for index in function.selfTests.indices { try runSelfTest(index) }
  }

  /// Opens a function without calling it.
  init(_ function: ForeignFunction) throws(PluginHostError) {
    self.function = function
    digest = try RandomAccessFile(path: function.path).digest()
    let library = try OpenLibrary(function)
    func prepared(_ callable: ForeignCallable) throws(PluginHostError) -> ForeignCall {
      let symbol = unsafe try library.symbol(callable.symbol)
      guard let call = unsafe ForeignCall(callable, at: symbol) else {
        throw function.error(
          .unloadable, "libffi cannot call '\(callable.symbol)' as it is declared")
      }
      return call
    }
    main = try prepared(function.main)
    gradient =
      if case .scalingLaw(let law) = function.place, let callable = law.gradient {
        try prepared(callable)
      } else { nil }
    self.library = unsafe try library.file(of: library.symbol(function.main.symbol))
  }

  /// Runs one self-test.
  ///
  /// - Throws: ``PluginHostError`` that says what came out and what was expected.
  func runSelfTest(_ index: Int) throws(PluginHostError) {
    let test = function.selfTests[index]
    do throws(PluginError) {
      switch (function.place, test.content) {
      case (.scalingLaw(let law), .point(let inputs, let expected)):
        let (point, theta) = (
          inputs.prefix(law.variables.count).map { [$0] },
          Array(inputs.dropFirst(law.variables.count))
        )
        let form = ForeignLaw(self, law)
        let loss = try form.predict(theta, at: point, wantsGradients: false).losses
        try check(loss.first, expected, test.tolerance)
        try form.checkGradient(theta, at: point)
      case (.dataMixer(let curve), .point(let inputs, let expected)),
        (.schedule(let curve), .point(let inputs, let expected)):
        try check(values(of: curve, at: inputs).first, expected, test.tolerance)
      case (.optimizer(let update), .update(let example)):
        try UpdateTrial(main, update, example).run(tolerance: test.tolerance)
      case (.optimizer, .point), (.scalingLaw, .update), (.dataMixer, .update),
        (.schedule, .update):
        preconditionFailure("a self-test for another place was decoded")
      }
    } catch {
      throw function.error(
        .refused, line: test.line, "the self-test failed: \(error.message)")
    }
  }

  /// The numbers of a curve, as they come.
  func values(
    of curve: ForeignFunction.Curve, at progress: [Double]
  ) throws(PluginError) -> [Double] {
    try main.run([progress.map { curve.argument($0) }]).results.map { curve.result($0) }
  }

  private func check(
    _ number: Double?, _ expected: Double, _ tolerance: Double
  ) throws(PluginError) {
    guard let number, abs(number - expected) <= tolerance else {
      throw PluginError(
        .internal,
        "'\(function.main.symbol)' gave \(number.map { "\($0)" } ?? "nothing"), and "
          + "\(expected) within \(tolerance) was expected")
    }
  }
}
