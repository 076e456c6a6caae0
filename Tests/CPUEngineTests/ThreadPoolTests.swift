import CPUKernels
import Synchronization
import Testing

/// Threads begin with pieces of their own and leave none.
struct ThreadPoolTests {
  /// What the threads of a pool have done.
  private final class Notes: Sendable {
    let threads: Int
    /// For each thread, the pieces it took.
    let taken: Mutex<[[Int]]>
    let begun = Atomic(0)

    init(threads: Int) {
      self.threads = threads
      taken = Mutex(Array(repeating: [], count: threads))
    }

    /// Notes a piece; a thread's first one lasts until all threads have one.
    func take(_ piece: Int, _ thread: Int) {
      let isFirst = taken.withLock { taken in
        taken[thread].append(piece)
        return taken[thread].count == 1
      }
      guard isFirst else { return }
      begun.add(1, ordering: .sequentiallyConsistent)
      while begun.load(ordering: .sequentiallyConsistent) < threads {}
    }
  }

  private func run(pieces: Int, threads: Int, allowed: Int) -> [[Int]] {
    guard let pool = unsafe cpu_pool_create(Int32(threads)) else {
      Issue.record("the system refused to start \(threads) threads")
      return []
    }
    defer { unsafe cpu_pool_destroy(pool) }
    unsafe cpu_pool_allow(pool, Int32(allowed))
    let notes = Notes(threads: allowed)
    unsafe cpu_pool_run(
      pool, Int64(pieces),
      { context, piece, thread in
        unsafe Unmanaged<Notes>.fromOpaque(context).takeUnretainedValue().take(
          Int(piece), Int(thread))
      }, unsafe Unmanaged.passUnretained(notes).toOpaque())
    return notes.taken.withLock { $0 }
  }

  @Test(arguments: [(2, 2), (3, 3), (4, 4), (4, 2)])
  func aThreadBeginsWithItsPartOfThePieces(threads: Int, allowed: Int) {
    let taken = run(pieces: 14, threads: threads, allowed: allowed)
    #expect(taken.map(\.first) == (0..<allowed).map { 14 * $0 / allowed })
    #expect(taken.flatMap { $0 }.sorted() == Array(0..<14))
  }
}
