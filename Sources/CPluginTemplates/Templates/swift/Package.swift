// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "example-plugin",
  products: [
    .library(name: "example-plugin", type: .dynamic, targets: ["ExamplePlugin"])
  ],
  dependencies: [
    .package(name: "cpt-host", path: "../cpt-host")
  ],
  targets: [
    // The one line of C that puts the plugin's identity record into the library.
    .target(
      name: "ExamplePluginRecord",
      dependencies: [.product(name: "PluginSDK", package: "cpt-host")],
      publicHeadersPath: "."
    ),
    .target(
      name: "ExamplePlugin",
      dependencies: [
        .product(name: "PluginSDK", package: "cpt-host"), "ExamplePluginRecord",
      ],
      swiftSettings: [.strictMemorySafety()]
    ),
    .testTarget(name: "ExamplePluginTests", dependencies: ["ExamplePlugin"]),
  ],
  swiftLanguageModes: [.v6]
)
