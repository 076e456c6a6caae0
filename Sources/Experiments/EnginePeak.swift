import Graphs

/// What an engine can do at most: measured once, and only if a run is trained.
final class EnginePeak {
  private let engine: any Engine
  /// Float32 operations a second; nil where the engine does not compute in float32.
  private(set) lazy var flopsPerSecond = engine.measurePeak()

  init(of engine: any Engine) { self.engine = engine }
}
