import CPUKernels
import Glibc
import Synchronization
import Testing

/// Threads begin with pieces of their own, leave none, and take none that they may not.
struct ThreadPoolTests {
  /// What the threads of a pool did in one job.
  private final class Notes: Sendable {
    /// Threads that each take a piece.
    let expected: Int
    /// For each thread of the pool, the pieces it took.
    let taken: Mutex<[[Int]]>
    let begun = Atomic(0)

    init(threads: Int, expected: Int) {
      self.expected = expected
      taken = Mutex(Array(repeating: [], count: threads))
    }

    /// Notes a piece; a thread's first one lasts until all that are expected have one, and every piece
    /// long enough for another thread to come.
    func take(_ piece: Int, _ thread: Int) {
      let isFirst = taken.withLock { taken in
        taken[thread].append(piece)
        return taken[thread].count == 1
      }
      usleep(500)
      guard isFirst else { return }
      begun.add(1, ordering: .sequentiallyConsistent)
      while begun.load(ordering: .sequentiallyConsistent) < expected {}
    }
  }

  private static let pieces = 14

  /// Runs a job for each number of threads that may take its pieces; gives the pieces each took.
  private func run(threads: Int, allowed: [Int]) -> [[[Int]]] {
    guard let pool = unsafe cpu_pool_create(Int32(threads)) else {
      Issue.record("the system refused to start \(threads) threads")
      return []
    }
    defer { unsafe cpu_pool_destroy(pool) }
    return allowed.map { allowed in
      let notes = Notes(threads: threads, expected: allowed)
      unsafe cpu_pool_allow(pool, Int32(allowed))
      unsafe cpu_pool_run(
        pool, Int64(Self.pieces),
        { context, piece, thread in
          unsafe Unmanaged<Notes>.fromOpaque(context).takeUnretainedValue().take(
            Int(piece), Int(thread))
        }, unsafe Unmanaged.passUnretained(notes).toOpaque())
      return notes.taken.withLock { $0 }
    }
  }

  /// The numbers change while threads wait for a job, and while they sleep.
  @Test(arguments: [(2, [2]), (3, [3]), (4, [4, 2, 3, 2, 4]), (4, [2, 4, 1, 4])])
  func aThreadBeginsWithItsPartOfThePieces(threads: Int, allowed: [Int]) {
    let jobs = run(threads: threads, allowed: allowed)
    for (allowed, taken) in zip(allowed, jobs) {
      let firsts = (0..<allowed).map { Optional(Self.pieces * $0 / allowed) }
      let none = Array(repeating: Int?.none, count: threads - allowed)
      #expect(taken.map(\.first) == firsts + none)
      #expect(taken.flatMap { $0 }.sorted() == Array(0..<Self.pieces))
    }
  }
}
