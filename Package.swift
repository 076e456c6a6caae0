// swift-tools-version: 6.2
import PackageDescription

/// Strict settings for a target whose arithmetic runs over raw buffers throughout, where `unsafe`
/// would mark nearly every line and so say nothing.
let strictOverRawMemory: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// The settings every other Swift target builds with; warnings are errors.
let strict = strictOverRawMemory + [.strictMemorySafety()]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")

/// Our plugins: each its own shared library, never linked into the host.
let pluginNames = [
  "BytePair", "Bytes", "Llama", "GPT2", "AdamW", "SGD", "Weighted", "Replay", "Chinchilla",
  "CPTExtended", "PowerLaw", "Kaplan", "HernandezTransfer", "DataConstrained", "DCPT",
  "ReplayForgetting", "Farseer",
]

/// Exports the entry function of a plugin and nothing else.
///
/// Otherwise the loader has some 1,600 names to hash and bind, of ours and of the SDK's copy in each
/// plugin, before the first of them is called.
let exportingTheEntryAlone = LinkerSetting.unsafeFlags([
  "-Xlinker", "--version-script=\(Context.packageDirectory)/Scripts/plugin-exports.map",
])

/// Leaves debug information out of what is released.
///
/// What is loaded is hashed first, and more than half of a library would be debug information. A crash
/// is reported with the names of functions nevertheless; a debug build has their lines as well.
let withoutDebugInformation = LinkerSetting.unsafeFlags(
  ["-Xlinker", "--strip-debug"], .when(configuration: .release))

/// A plugin is its Swift code and the one line of C that puts its identity record into the file.
let pluginTargets: [Target] = pluginNames.flatMap { name -> [Target] in
  [
    .target(
      name: "\(name)Record",
      dependencies: ["CPluginABI"],
      path: "Plugins/\(name)/Record",
      publicHeadersPath: "."
    ),
    .target(
      name: name,
      dependencies: ["PluginSDK", .target(name: "\(name)Record")],
      path: "Plugins/\(name)",
      exclude: ["Record"],
      swiftSettings: strict,
      linkerSettings: [exportingTheEntryAlone, withoutDebugInformation]
    ),
  ]
}

/// What tests share, then one test target for each source target, then those that hold the whole.
let testTargets: [Target] = [
  .target(
    name: "ReferenceEngine", dependencies: ["Graphs", "GraphLanguage"],
    path: "Tests/ReferenceEngine", swiftSettings: strict),
  .target(
    name: "TestModels", dependencies: ["GraphLanguage", "PluginSDK"], path: "Tests/TestModels",
    swiftSettings: strict),
  .target(name: "TestFolders", path: "Tests/TestFolders", swiftSettings: strict),
  .target(
    name: "PluginFileFuzzing", dependencies: ["PluginHost"], path: "Tests/PluginFileFuzzing",
    exclude: ["Corpus"], swiftSettings: strict),
  test("TimingTests", ["Timing"]),
  test("GraphsTests", ["Graphs", "GraphLanguage", "ReferenceEngine"]),
  test(
    "CPUEngineTests", ["CPUEngine", "CPUKernels", "Graphs", "GraphLanguage", "ReferenceEngine"]),
  test(
    "PluginSDKTests",
    [
      "PluginSDK", "PluginBridges", "CPluginABI", "CPluginCalls", "GraphLanguage", "Graphs",
      "TestFolders",
    ],
    exclude: ["ABI"]),
  test(
    "PluginHostTests",
    [
      "PluginHost", "PluginBridges", "PluginSDK", "PluginConformance", "GraphLanguage", "Graphs",
      "CPUEngine", "Pipelines", "ScalingLaws", "TestFolders", logging,
    ],
    exclude: ["ZooPlugin"]),
  test(
    "PluginConformanceTests",
    [
      "PluginConformance", "PluginBridges", "PluginSDK", "GraphLanguage", "Graphs", "CPUEngine",
      "ScalingLaws", "TestModels", "Timing",
    ]),
  test("CorporaTests", ["Corpora", "PluginSDK", "TestFolders"]),
  test(
    "TrainingTests",
    [
      "Training", "TestModels", "TestFolders", "CPUEngine", "Corpora", "PluginSDK", "Graphs",
      "GraphLanguage",
    ]),
  test(
    "ScalingLawsTests",
    [
      "ScalingLaws", "PluginSDK", "Chinchilla", "CPTExtended", "PowerLaw", "Kaplan",
      "HernandezTransfer", "DataConstrained", "DCPT", "ReplayForgetting", "Farseer", "TestFolders",
    ]),
  test("PipelinesTests", ["Pipelines", "PluginBridges", "PluginSDK"]),
  test(
    "ExperimentsTests",
    [
      "Experiments", "Training", "TestModels", "TestFolders", "CPUEngine", "Pipelines",
      "PluginBridges", "PluginSDK", "ScalingLaws", "Graphs", "GraphLanguage", grdb,
    ]),
  test("ReportsTests", ["Reports", "Experiments", "PluginSDK", crypto]),
  test(
    "ReproducibilityPacksTests",
    ["ReproducibilityPacks", "Experiments", "PluginBridges", "PluginSDK", crypto]),
  test(
    "PluginTests",
    [
      "PluginSDK", "PluginBridges", "GraphLanguage", "Graphs", "Training", "CPUEngine",
      "ReferenceEngine", "Llama", "GPT2", "AdamW", "SGD", "Weighted", "Replay",
    ], exclude: ["Golden"]),
  test("TokenizerPluginTests", ["PluginSDK", "Corpora", "BytePair", "Bytes", "TestFolders"]),
  test("RepositoryTests", ["TestFolders"]),
  test("ExampleTests", ["TestFolders"]),
]

func test(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude,
    swiftSettings: strict)
}

let package = Package(
  name: "cpt-host",
  products: [
    .executable(name: "cpt-host", targets: ["cpt-host"]),
    .executable(name: "cpt-bench", targets: ["cpt-bench"]),
    .library(name: "PluginSDK", targets: ["PluginSDK", "GraphLanguage", "CPluginABI"]),
  ] + pluginNames.map { .library(name: $0, type: .dynamic, targets: [$0]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .target(name: "CPluginABI"),
    .target(name: "CMemoryFile"),
    .target(name: "CWorker"),
    .target(name: "CPluginCalls"),
    .target(name: "CCrashReport", dependencies: ["CPluginCalls"]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CFFI", pkgConfig: "libffi", providers: [.apt(["libffi-dev"])]),
    .target(name: "Timing", swiftSettings: strict),
    .target(name: "GraphLanguage", swiftSettings: strict),
    .target(
      name: "PluginSDK", dependencies: ["CPluginABI", "GraphLanguage"], swiftSettings: strict),
    // The host's half of the boundary. Every plugin has a copy of the SDK, all of which is linked into
    // it and hashed when it is loaded: so it holds the plugin's half alone.
    .target(
      name: "PluginBridges",
      dependencies: ["PluginSDK", "CPluginABI", "CPluginCalls", "GraphLanguage"],
      swiftSettings: strict),
    .target(
      name: "PluginHost",
      dependencies: [
        "PluginBridges", "PluginSDK", "CPluginABI", "GraphLanguage", "CCrashReport", "CFFI",
        "CMemoryFile", "CWorker", logging, crypto,
      ],
      swiftSettings: strict
    ),
    .target(name: "CPluginTemplates", exclude: ["Templates"]),
    .target(
      name: "PluginTemplates", dependencies: ["PluginSDK", "CPluginTemplates"],
      swiftSettings: strict),
    .target(name: "Graphs", dependencies: ["GraphLanguage"], swiftSettings: strict),
    .target(
      name: "PluginConformance",
      dependencies: ["PluginBridges", "PluginSDK", "Graphs", "GraphLanguage", "Timing"],
      swiftSettings: strict),
    .target(
      name: "CPUKernels",
      cSettings: [
        .unsafeFlags([
          "-O3", "-ffp-contract=on", "-fno-math-errno", "-fno-trapping-math",
        ])
      ]
    ),
    .target(
      name: "CPUEngine",
      dependencies: ["Graphs", "GraphLanguage", "CPUKernels"],
      swiftSettings: strictOverRawMemory
    ),
    .target(
      name: "Corpora",
      dependencies: ["PluginSDK", "CZstd", crypto],
      swiftSettings: strict
    ),
    .target(
      name: "Training",
      dependencies: ["Graphs", "GraphLanguage", "PluginSDK", "Corpora"],
      swiftSettings: strict
    ),
    .target(name: "ScalingLaws", dependencies: ["PluginSDK"], swiftSettings: strict),
    .target(
      name: "Pipelines", dependencies: ["PluginBridges", "PluginSDK", yams, collections],
      swiftSettings: strict),
    .target(
      name: "Experiments",
      dependencies: [
        "Training", "Pipelines", "Corpora", "ScalingLaws", "PluginBridges", "PluginSDK", "Graphs",
        "GraphLanguage", grdb, crypto,
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Reports", dependencies: ["Experiments", "PluginSDK", crypto], swiftSettings: strict),
    .target(
      name: "ReproducibilityPacks",
      dependencies: ["Experiments", "PluginSDK", crypto],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "cpt-host",
      dependencies: [
        "PluginHost", "PluginBridges", "PluginSDK", "PluginTemplates", "PluginConformance",
        "Graphs", "CPUEngine", "Corpora", "Training", "ScalingLaws", "Pipelines", "Experiments",
        "Reports", "ReproducibilityPacks", "Timing", argumentParser, logging,
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "cpt-bench",
      dependencies: [
        "PluginHost", "PluginBridges", "PluginSDK", "GraphLanguage", "Graphs", "CPUEngine",
        "Corpora", "Training", "ScalingLaws", "Reports", "Timing", argumentParser, logging,
      ],
      path: "Benchmarks/Suite",
      swiftSettings: strict
    ),
  ] + pluginTargets + testTargets,
  swiftLanguageModes: [.v6]
)
