// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "lion",
  products: [
    .library(name: "lion", type: .dynamic, targets: ["Lion"])
  ],
  dependencies: [
    .package(name: "cpt-host", path: "../../..")
  ],
  targets: [
    // The one line of C that puts the plugin's identity record into the library.
    .target(
      name: "LionRecord",
      dependencies: [.product(name: "PluginSDK", package: "cpt-host")],
      publicHeadersPath: "."
    ),
    .target(
      name: "Lion",
      dependencies: [.product(name: "PluginSDK", package: "cpt-host"), "LionRecord"],
      swiftSettings: [.strictMemorySafety()]
    ),
  ],
  swiftLanguageModes: [.v6]
)
