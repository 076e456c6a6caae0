import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK
import Timing

/// Measures what is done with plugin files before any of their code runs.
struct PluginBenchmark {
  let repetitions: Repetitions
  /// How many files are listed.
  let fileCount: Int

  /// Measures all of it, on a copy of the `llama` plugin.
  ///
  /// - Parameter progress: Told the name of each before it begins.
  /// - Returns: A measurement of each.
  /// - Throws: Whatever the plugins or the file system throw.
  func run(progress: (String) -> Void) throws -> [DataMeasurement] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "cpt-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appending(path: "many"), withIntermediateDirectories: true)
    let original = try Plugins.registry().searchPath.find(.architecture, named: "llama").path
    let path = folder.appending(path: "libLlama.so").path(percentEncoded: false)
    try FileManager.default.copyItem(atPath: original, toPath: path)
    progress("plugin files")
    return try measureFile(path) + measureOpening(path, in: folder)
      + measureListing(path, in: folder)
  }

  private func measureFile(_ path: String) throws -> [DataMeasurement] {
    let size = Int(PluginInspection(path: path).byteCount)
    return [
      DataMeasurement("inspecting a plugin", threads: 1, repetitions: repetitions) {
        ["files": PluginInspection(path: path).findings.isEmpty ? 1 : 0]
      },
      try DataMeasurement("SHA-256 of a plugin", threads: 1, repetitions: repetitions) {
        _ = try PluginSignatureState.digest(of: path)
        return ["bytes": size]
      },
    ]
  }

  private func measureOpening(_ path: String, in folder: URL) throws -> [DataMeasurement] {
    let found = PluginSearchPath([folder.path(percentEncoded: false)])
    let digest = try PluginSignatureState.digest(of: path)
    let size = Int(PluginInspection(path: path).byteCount)
    // What was opened once stays; the first time is not that of a warm load.
    let few = Repetitions(seconds: 0, least: max(2, min(50, repetitions.least * 10)))
    func measure(_ name: String, _ policy: PluginPolicy) throws -> DataMeasurement {
      func open() throws {
        let registry = PluginRegistry(
          found, environment: HostEnvironment(logger: Logger(label: "cpt-bench")), policy: policy)
        _ = try registry.options(of: .architecture, named: "llama")
      }
      try open()
      return try DataMeasurement(name, threads: 1, repetitions: few) {
        try open()
        return ["bytes": size]
      }
    }
    return [
      try measure("opening it again in place", PluginPolicy()),
      try measure("opening it anew, pinned", PluginPolicy(pins: ["llama": digest])),
    ]
  }

  private func measureListing(_ path: String, in folder: URL) throws -> [DataMeasurement] {
    let many = folder.appending(path: "many").path(percentEncoded: false)
    for index in 0..<fileCount {
      try FileManager.default.linkItem(atPath: path, toPath: "\(many)/lib\(index).so")
    }
    // What was changed just now is not remembered.
    Thread.sleep(forTimeInterval: 0.05)
    let cachePath = folder.appending(path: "cache.json").path(percentEncoded: false)
    func list() -> [String: Int] {
      var cache = PluginInspectionCache(path: cachePath)
      defer { cache.save() }
      return ["files": PluginSearchPath([many], cache: &cache).found.count]
    }
    let anew = DataMeasurement("listing plugins anew", threads: 1, repetitions: repetitions) {
      ["files": PluginSearchPath([many]).found.count]
    }
    _ = list()
    return [
      anew,
      DataMeasurement(
        "listing plugins from the cache", threads: 1, repetitions: repetitions, list),
    ]
  }
}
