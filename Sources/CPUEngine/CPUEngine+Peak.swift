import CPUKernels
import Glibc
package import Graphs

extension CPUEngine {
  /// Multiplies and adds on every thread, with each instruction set that the processor has in turn;
  /// the best of trials over some tenths of a second, since a system may leave threads on one core
  /// for that long before it spreads them.
  package func measurePeak() -> Double? {
    let kinds = InstructionSet.available.map(\.kind)
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(400)
    var peak = 0.0
    repeat {
      for kind in kinds {
        let rate = Trial.best(of: multiplyAddOperations(kind), trials: 2) { multiplyAdd(kind) }
        peak = max(peak, rate)
      }
    } while clock.now < end
    return peak
  }

  /// Multiplies and adds on every thread for some hundredths of a second: what the threads reach now,
  /// which is less than the peak while cores of a virtual machine share one of its host.
  package func measurePeakNow() -> Double {
    let kind = (InstructionSet.available.last ?? .baseline).kind
    let clock = ContinuousClock()
    let began = clock.now
    var trials = 0
    repeat {
      multiplyAdd(kind)
      trials += 1
    } while clock.now - began < .milliseconds(30)
    let seconds = (clock.now - began) / .seconds(1)
    return Double(trials * multiplyAddOperations(kind)) / seconds
  }

  /// One trial: multiplications and additions on every thread.
  private func multiplyAdd(_ kind: cpu_instruction_set) {
    pool.run(pieces: pool.threads * Trial.pieces) { _ in
      _ = cpu_multiply_add(kind, Trial.rounds)
    }
  }

  /// The operations of a trial.
  private func multiplyAddOperations(_ kind: cpu_instruction_set) -> Int {
    pool.threads * Trial.pieces * Int(cpu_multiply_add(kind, Trial.rounds))
  }

  /// Reads and copies more memory than the caches hold, on every thread; the best of several trials.
  ///
  /// - Throws: ``EngineError`` if the system refuses the memory.
  package func measureBandwidth() throws(EngineError) -> MemoryBandwidth {
    let cache = max(0, sysconf(Int32(_SC_LEVEL3_CACHE_SIZE)))
    let count = min(max(1 << 26, 4 * cache), 1 << 29) / Trial.block * Trial.block
    guard let memory = Memory(byteCount: count) else {
      throw EngineError("measuring the memory needs \(count) bytes, which the system refuses")
    }
    let base = memory.base
    let blocks = count / Trial.block
    pool.run(pieces: blocks) { memset(base + $0 * Trial.block, 1, Trial.block) }
    let read = Trial.best(of: count) {
      pool.run(pieces: blocks) { block in
        let words = (base + block * Trial.block).assumingMemoryBound(to: UInt64.self)
        _ = cpu_read_memory(words, Int64(Trial.block / 8))
      }
    }
    let copied = Trial.best(of: count) {
      pool.run(pieces: blocks / 2) { block in
        let source = base + block * Trial.block
        memcpy(source + blocks / 2 * Trial.block, source, Trial.block)
      }
    }
    return MemoryBandwidth(readBytesPerSecond: read, copiedBytesPerSecond: copied)
  }
}

/// What the memory gives to all threads of an engine together, as measured.
package struct MemoryBandwidth: Hashable, Sendable {
  package var readBytesPerSecond: Double
  /// Bytes read and bytes written added up.
  package var copiedBytesPerSecond: Double
}

/// One measurement, repeated.
private enum Trial {
  /// For each thread: enough that no thread waits long for the last one.
  static let pieces = 64
  /// In a piece: some ten microseconds.
  static let rounds: Int64 = 16_384
  /// In bytes.
  static let block = 1 << 20

  /// The most of something that a second held, over trials that each do a given amount.
  static func best(of amount: Int, trials: Int = 8, _ trial: () -> Void) -> Double {
    var shortest = Duration.seconds(Int64.max)
    for _ in 0..<trials {
      shortest = min(shortest, ContinuousClock().measure(trial))
    }
    return Double(amount) / (shortest / .seconds(1))
  }
}
