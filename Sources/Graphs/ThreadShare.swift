import Synchronization

/// How many threads an engine may take, at least one; whoever shares them out may change it while the
/// engine works.
package final class ThreadShare: Sendable {
  private let count: Atomic<Int>

  package init(_ threads: Int) { count = Atomic(threads) }

  package var threads: Int {
    get { count.load(ordering: .relaxed) }
    set { count.store(newValue, ordering: .relaxed) }
  }
}
