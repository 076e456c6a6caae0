import Dispatch

extension CounterRandom {
  /// The first numbers of a normal distribution, rounded to float32; number `i` is made of
  /// ``normal(_:)`` at `i`, on whichever core.
  package func normals(count: Int, mean: Double, standardDeviation: Double) -> [Float] {
    floats(count) { Float(mean + standardDeviation * normal($0)) }
  }

  /// The first numbers between two bounds, rounded to float32; number `i` is made of ``uniform(_:)``
  /// at `i`, on whichever core.
  package func uniforms(count: Int, from low: Double, to high: Double) -> [Float] {
    floats(count) { Float(low + (high - low) * uniform($0)) }
  }

  /// Computes numbers on all cores, each from its place alone.
  @inline(__always)
  private func floats(_ count: Int, _ element: @Sendable (UInt64) -> Float) -> [Float] {
    // Some milliseconds of work.
    let piece = 1 << 16
    return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      // Each piece writes places of its own.
      nonisolated(unsafe) let elements = unsafe buffer
      DispatchQueue.concurrentPerform(iterations: (count + piece - 1) / piece) { index in
        for place in (index * piece)..<min((index + 1) * piece, count) {
          unsafe elements.initializeElement(at: place, to: element(UInt64(place)))
        }
      }
      initializedCount = count
    }
  }
}
