/// How long something is repeated.
package struct Repetitions: Sendable {
  /// Enough time for one measurement.
  package var seconds: Double
  /// The least number of repetitions, however long they take.
  package var least: Int

  package init(seconds: Double, least: Int) {
    self.seconds = seconds
    self.least = least
  }

  /// Repeats something that times itself.
  ///
  /// - Returns: What each repetition gave.
  package func collect(_ body: () throws -> Double) rethrows -> [Double] {
    var results: [Double] = []
    let began = ContinuousClock.now
    while results.count < least || (ContinuousClock.now - began).inSeconds < seconds {
      results.append(try body())
    }
    return results
  }

  /// Repeats something.
  ///
  /// - Returns: The seconds of each repetition.
  package func time(_ body: () throws -> Void) rethrows -> [Double] {
    try collect { try ContinuousClock().measure(body).inSeconds }
  }
}

extension Duration {
  /// In seconds.
  var inSeconds: Double { self / .seconds(1) }
}
