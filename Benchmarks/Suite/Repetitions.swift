import Training

/// How long something is repeated.
struct Repetitions: Sendable {
  /// Enough time for one measurement.
  var seconds: Double
  /// The least number of repetitions, however long they take.
  var least: Int

  /// Repeats something that times itself.
  ///
  /// - Returns: What each repetition gave.
  func collect(_ body: () throws -> Double) rethrows -> [Double] {
    var results: [Double] = []
    let began = ContinuousClock.now
    while results.count < least || (ContinuousClock.now - began).seconds < seconds {
      results.append(try body())
    }
    return results
  }

  /// Repeats something.
  ///
  /// - Returns: The seconds of each repetition.
  func time(_ body: () throws -> Void) rethrows -> [Double] {
    try collect { try ContinuousClock().measure(body).seconds }
  }
}
