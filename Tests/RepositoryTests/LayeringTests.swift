import Foundation
import Testing

/// Holds every target to the modules it may import; SwiftPM lets transitive imports through.
@Suite struct LayeringTests {
  /// A module of ours or a package's, with the modules that it may import.
  struct Layer: Sendable, CustomTestStringConvertible {
    let folder: String
    let mayImport: Set<String>
    var testDescription: String { folder }
  }

  private static let system: Set<String> = ["Glibc", "Synchronization"]
  private static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]

  static let layers: [Layer] = [
    layer("Timing", foundation),
    layer("GraphLanguage", system),
    layer("PluginSDK", system.union(["CPluginABI", "GraphLanguage"])),
    layer(
      "PluginBridges",
      system.union(["PluginSDK", "CPluginABI", "CPluginCalls", "GraphLanguage"])),
    layer(
      "PluginHost",
      system.union(foundation).union([
        "PluginBridges", "PluginSDK", "CPluginABI", "GraphLanguage", "CCrashReport", "CFFI",
        "CMemoryFile", "CWorker", "Logging", "Crypto",
      ])),
    layer(
      "PluginTemplates", system.union(foundation).union(["PluginSDK", "CPluginTemplates"])),
    layer(
      "PluginConformance",
      system.union(foundation).union([
        "Dispatch", "PluginBridges", "PluginSDK", "Graphs", "GraphLanguage", "Timing",
      ])),
    layer("Graphs", system.union(["GraphLanguage"])),
    layer("CPUEngine", system.union(["Graphs", "GraphLanguage", "CPUKernels"])),
    layer(
      "Corpora",
      system.union(foundation).union(["Dispatch", "PluginSDK", "CZstd", "Crypto"])),
    layer(
      "Training",
      system.union(foundation).union(["Graphs", "GraphLanguage", "PluginSDK", "Corpora"])),
    layer("ScalingLaws", system.union(foundation).union(["Dispatch", "PluginSDK"])),
    layer(
      "Pipelines",
      system.union(foundation).union([
        "PluginBridges", "PluginSDK", "Yams", "OrderedCollections",
      ])),
    layer(
      "Experiments",
      system.union(foundation).union([
        "Dispatch", "Training", "Pipelines", "Corpora", "ScalingLaws", "PluginBridges",
        "PluginSDK", "Graphs", "GraphLanguage", "GRDB", "Crypto",
      ])),
    layer("Reports", system.union(foundation).union(["Experiments", "PluginSDK", "Crypto"])),
    layer(
      "ReproducibilityPacks",
      system.union(foundation).union(["Experiments", "PluginSDK", "Crypto"])),
    Layer(
      folder: "Benchmarks",
      mayImport: system.union(foundation).union([
        "Dispatch", "PluginHost", "PluginBridges", "PluginSDK", "GraphLanguage", "Graphs",
        "CPUEngine", "Corpora", "Training", "ScalingLaws", "Reports", "Timing", "ArgumentParser",
        "Logging",
      ])),
  ]

  private static func layer(_ module: String, _ mayImport: Set<String>) -> Layer {
    Layer(folder: "Sources/\(module)", mayImport: mayImport)
  }

  @Test(arguments: layers)
  func importsOnlyWhatItsLayerAllows(layer: Layer) throws {
    for (file, module) in try Self.imports(below: layer.folder) {
      #expect(layer.mayImport.contains(module), "\(file) imports \(module)")
    }
  }

  @Test func pluginsKnowNothingOfOursButTheSDK() throws {
    let allowed: Set<String> = [
      "PluginSDK", "GraphLanguage", "CPluginABI", "Glibc", "Foundation", "Synchronization",
    ]
    for (file, module) in try Self.imports(below: "Plugins") {
      #expect(allowed.contains(module), "\(file) imports \(module)")
    }
  }

  @Test(arguments: [
    ("Yams", "Sources/Pipelines"), ("GRDB", "Sources/Experiments"),
    ("CZstd", "Sources/Corpora"), ("CFFI", "Sources/PluginHost"),
  ])
  func aForeignLibraryHasOneSeam(library: String, folder: String) throws {
    for (file, module) in try Self.imports(below: "Sources") where module == library {
      #expect(file.hasPrefix(folder), "\(file) imports \(library); its seam is \(folder)")
    }
  }

  /// Every import below a folder, with the file it stands in.
  private static func imports(below folder: String) throws -> [(file: String, module: String)] {
    let pattern =
      /(?m)^(?:@\w+(?:\(\w+\))? )*(?:(?:public|package|internal|fileprivate|private) )?import (?:(?:struct|class|enum|protocol|func|var|typealias) )?(\w+)/
    let files = Repository.files(below: folder, withExtensions: ["swift"])
    try #require(!files.isEmpty, "no Swift files below \(folder)")
    return try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(of: pattern)
        .map { (Repository.relativePath(file), String($0.1)) }
    }
  }
}
