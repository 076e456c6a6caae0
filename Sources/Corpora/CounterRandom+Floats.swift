import Dispatch

extension CounterRandom {
  /// The first numbers of a normal distribution, rounded to float32; number `i` is made of
  /// ``normal(_:)`` at `i`, on whichever core.
  package func normals(count: Int, mean: Double, standardDeviation: Double) -> [Float] {
    unsafe floats(count) { places, elements in
      var group = NormalGroup()
      for start in stride(from: places.lowerBound, to: places.upperBound, by: NormalGroup.count) {
        group.draw(self, from: UInt64(start))
        for offset in 0..<min(NormalGroup.count, places.upperBound - start) {
          let place = start + offset
          let quick = group.float(offset, mean: mean, standardDeviation: standardDeviation)
          unsafe elements.initializeElement(
            at: place, to: quick ?? Float(mean + standardDeviation * normal(UInt64(place))))
        }
      }
    }
  }

  /// The first numbers between two bounds, rounded to float32; number `i` is made of ``uniform(_:)``
  /// at `i`, on whichever core.
  package func uniforms(count: Int, from low: Double, to high: Double) -> [Float] {
    unsafe floats(count) { places, elements in
      for place in places {
        unsafe elements.initializeElement(
          at: place, to: Float(low + (high - low) * uniform(UInt64(place))))
      }
    }
  }

  /// Computes numbers on all cores, in pieces that each initialise places of their own.
  private func floats(
    _ count: Int,
    _ initialize: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Float>) -> Void
  ) -> [Float] {
    // About a millisecond of work, in whole groups.
    let piece = 1 << 16
    return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      // No two pieces write one place.
      nonisolated(unsafe) let elements = unsafe buffer
      DispatchQueue.concurrentPerform(iterations: (count + piece - 1) / piece) { index in
        unsafe initialize((index * piece)..<min((index + 1) * piece, count), elements)
      }
      initializedCount = count
    }
  }
}
