import Graphs

/// What an engine can do at most: measured once, and only if a run is trained.
final class EnginePeak {
  private let engine: any Engine
  /// Float32 operations a second on each of its threads while all compute; nil where the engine does
  /// not compute in float32.
  private(set) lazy var flopsPerSecondOfThread = engine.measurePeak()
    .map { $0 / Double(engine.threads) }

  init(of engine: any Engine) { self.engine = engine }
}
