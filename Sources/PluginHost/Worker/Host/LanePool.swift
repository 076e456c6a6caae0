import Foundation
import Synchronization

/// The lanes of a worker, each used by one call at a time.
final class LanePool: Sendable {
  private let lanes: [WorkerLane]
  private let locks: [NSLock]
  private let next = Atomic<Int>(0)

  init(_ memory: SharedMemory) {
    lanes = (0..<memory.laneCount).map { WorkerLane($0, of: memory, side: .host) }
    locks = lanes.map { _ in NSLock() }
  }

  /// Takes a lane that is free; nil if there is none.
  func takeFree() -> WorkerLane? {
    lanes.first { locks[$0.index].try() }
  }

  /// Takes a lane, waiting for one if need be.
  func take() -> WorkerLane {
    if let lane = takeFree() { return lane }
    let index = next.wrappingAdd(1, ordering: .relaxed).newValue & Int.max
    let lane = lanes[index % lanes.count]
    locks[lane.index].lock()
    return lane
  }

  /// Gives a lane back.
  func giveBack(_ lane: WorkerLane) { locks[lane.index].unlock() }

  /// Rings in every lane for a worker that has ended, so that nobody waits for it.
  func ringForTheWorker() {
    for lane in lanes { lane.ringForTheOther() }
  }
}
