import PluginSDK

extension PluginProject {
  /// Where each file goes, and the template it is made of.
  var layout: [String: String] {
    var files = ["README.md": readme, ".gitignore": "native/gitignore"]
    switch language {
    case .c: files.merge(native("c", "c", ["support.h"], "describe.h")) { $1 }
    case .cpp: files.merge(native("cpp", "cpp", ["boundary.hpp"], "graph.hpp")) { $1 }
    case .rust: files.merge(rust) { $1 }
    case .swift: files.merge(swift) { $1 }
    }
    return files
  }

  private var readme: String {
    switch language {
    case .c, .cpp: "readme/native.md"
    case .rust: "readme/rust.md"
    case .swift: "readme/swift.md"
    }
  }

  /// A project that `make` builds from headers of its own.
  private func native(
    _ folder: String, _ suffix: String, _ shared: [String], _ describing: String
  ) -> [String: String] {
    var files = [
      "Makefile": "native/Makefile",
      "src/plugin.\(suffix)": "\(folder)/\(kind.fileName).\(suffix)",
      "test/harness.h": "native/test/harness.h",
      "test/test.c": "native/test/\(kind.fileName).c",
    ]
    for name in kind.describesGraphs ? shared + [describing] : shared {
      files["src/\(name)"] = "\(folder)/\(name)"
    }
    for header in EmbeddedTemplates.headers { files[header] = header }
    return files
  }

  private var rust: [String: String] {
    var files = [
      "Cargo.toml": "rust/Cargo.toml", "build.rs": "rust/build.rs",
      "src/lib.rs": "rust/plugin/\(kind.fileName).rs",
      "src/bridge.rs": "rust/bridge/\(kind.fileName).rs",
      "src/boundary.rs": "rust/boundary.rs", "src/ffi.rs": "rust/ffi.rs",
    ]
    if kind.describesGraphs { files["src/graph.rs"] = "rust/graph.rs" }
    return files
  }

  private var swift: [String: String] {
    [
      "Package.swift": "swift/Package.swift",
      "Sources/ExamplePluginRecord/record.c": "swift/record.c",
      "Sources/ExamplePlugin/\(kind.swiftType).swift": "swift/plugin/\(kind.swiftType).swift",
      "Tests/ExamplePluginTests/SilentHost.swift": "swift/test/SilentHost.swift",
      "Tests/ExamplePluginTests/\(kind.swiftType)Tests.swift":
        "swift/test/\(kind.swiftType)Tests.swift",
    ]
  }
}

extension PluginKind {
  /// The kind in the names of template files.
  var fileName: String { name.split(separator: "-").joined(separator: "_") }

  /// The kind in a record.
  var constant: String { "CPT_KIND_" + fileName.uppercased() }

  /// Whether plugins of the kind describe computations.
  var describesGraphs: Bool { self == .architecture || self == .optimizer }

  /// The type that the Swift template implements.
  var swiftType: String {
    switch self {
    case .tokenizer: "CharacterTokenizer"
    case .architecture: "SmallDecoder"
    case .optimizer: "MomentumOptimizer"
    case .dataMixer: "AnnealingMixer"
    case .scalingLaw: "PowerLaw"
    case .schedule: preconditionFailure("no library is a schedule")
    }
  }
}
