import Dispatch
import Synchronization

/// Computes a value for each of some indices on some threads; they stand in the order of the indices.
///
/// - Throws: The error of the first index that has one, as if there were one thread.
func concurrently<Value: Sendable>(
  _ count: Int, threads: Int,
  _ compute: @Sendable (Int) throws(ScalingLawError) -> Value
) throws(ScalingLawError) -> [Value] {
  let outcomes = Mutex([Result<Value, ScalingLawError>?](repeating: nil, count: count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let outcome: Result<Value, ScalingLawError>
      do throws(ScalingLawError) {
        outcome = .success(try compute(index))
      } catch {
        outcome = .failure(error)
      }
      outcomes.withLock { $0[index] = outcome }
    }
  }
  var values: [Value] = []
  values.reserveCapacity(count)
  for outcome in outcomes.withLock({ $0 }) {
    guard let outcome else { preconditionFailure("an index was not computed") }
    values.append(try outcome.get())
  }
  return values
}
