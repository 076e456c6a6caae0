import Dispatch
import Synchronization

extension Array where Element: Sendable {
  /// Transforms the elements on some threads; the results stand in the order of the elements.
  ///
  /// - Throws: The error of the first element that has one, as if there were one thread.
  func mapConcurrently<Result: Sendable>(
    threads: Int, _ transform: @Sendable (Element) throws -> Result
  ) throws -> [Result] {
    guard threads > 1 && count > 1 else { return try map(transform) }
    let next = Atomic(0)
    let outcomes = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: Swift.min(threads, count)) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let outcome = Swift.Result { try transform(self[index]) }
        outcomes.withLock { $0[index] = outcome }
      }
    }
    return try outcomes.withLock { outcomes in
      try outcomes.map { outcome in
        guard let outcome else { preconditionFailure("an element was not transformed") }
        return try outcome.get()
      }
    }
  }
}
