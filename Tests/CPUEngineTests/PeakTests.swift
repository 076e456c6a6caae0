import CPUEngine
import Testing

struct PeakTests {
  @Test func peakIsThatOfAMachine() throws {
    let peak = try #require(CPUEngine(threads: 2).measurePeak())
    // From a tenth of an operation a nanosecond to 1000 cores of 512 operations a nanosecond.
    #expect((1e8...5e14).contains(peak))
  }

  @Test func memoryIsReadAndCopied() throws {
    let bandwidth = try CPUEngine(threads: 2).measureBandwidth()
    #expect((1e7...1e14).contains(bandwidth.readBytesPerSecond))
    #expect((1e7...1e14).contains(bandwidth.copiedBytesPerSecond))
  }
}
