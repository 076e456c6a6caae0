import Foundation
import TestFolders
import Testing

/// What `cpt-host plugins new` writes builds with one command, passes its own test, is loaded, and
/// keeps every law of its kind as it is.
struct NewPluginTests {
  @Test(
    .enabled(if: Programs.make != nil && Programs.c != nil, "make or cc is missing"),
    arguments: NewPlugin.kinds)
  func aPluginInCWorks(kind: String) throws { try buildByMake(kind, "c") }

  @Test(
    .enabled(
      if: Programs.make != nil && Programs.c != nil && Programs.cpp != nil,
      "make, cc or c++ is missing"),
    arguments: NewPlugin.kinds)
  func aPluginInCppWorks(kind: String) throws { try buildByMake(kind, "cpp") }

  private func buildByMake(_ kind: String, _ language: String) throws {
    let plugin = NewPlugin(kind: kind, language: language)
    let folder = try written(plugin, language)
    let project = folder.path(plugin.name)
    for goal in ["all", "test"] {
      let made = try HostProcess.run(
        ["-C", project, goal, "CFLAGS=-Werror", "CXXFLAGS=-Werror"], host: Programs.make)
      try #require(made.status == 0, "\(made.output)\(made.errors)")
    }
    let library = "\(project)/lib\(plugin.name).so"
    #expect(try plugin.isLoaded(from: library))
    #expect(try NewPlugin.breach(of: library) == nil)
  }

  @Test(.enabled(if: Programs.cargo != nil, "cargo is missing"), arguments: NewPlugin.kinds)
  func aPluginInRustWorks(kind: String) throws {
    let plugin = NewPlugin(kind: kind, language: "rust")
    let folder = try written(plugin, "rust")
    let place = ["--offline", "--manifest-path", folder.path("\(plugin.name)/Cargo.toml")]
    for command in [["build", "--release"], ["test"]] {
      let built = try HostProcess.run(
        command + place, host: Programs.cargo, environment: ["RUSTFLAGS": "-Dwarnings"])
      try #require(built.status == 0, "\(built.output)\(built.errors)")
    }
    let library = folder.path("\(plugin.name)/target/release/lib\(plugin.symbol).so")
    #expect(try plugin.isLoaded(from: library))
    #expect(try NewPlugin.breach(of: library) == nil)
  }

  @Test(
    .enabled(if: SwiftPlugins.canBuild, "swift is missing"), arguments: NewPlugin.kinds)
  func aPluginInSwiftWorks(kind: String) throws {
    let plugin = NewPlugin(kind: kind, language: "swift")
    let library = try SwiftPlugins.built.get().library(plugin.name)
    #expect(try plugin.isLoaded(from: library))
    #expect(try NewPlugin.breach(of: library) == nil)
  }

  /// One after the other: they share what is built.
  @Test(.enabled(if: SwiftPlugins.canBuild, "swift is missing"))
  func theTestsOfAPluginInSwiftPass() throws {
    for kind in NewPlugin.kinds {
      let tested = try SwiftPlugins.built.get().test(NewPlugin(kind: kind, language: "swift").name)
      #expect(tested.status == 0, "\(kind): \(tested.output)\(tested.errors)")
      // Of Swift Testing, whose words end with how long it took.
      #expect(tested.output.contains("passed after"), "\(kind): \(tested.output)")
    }
  }

  private func written(_ plugin: NewPlugin, _ language: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let new = try HostProcess.run([
      "plugins", "new", "--kind", plugin.kind, "--language", language, plugin.name, "--into",
      folder.path,
    ])
    try #require(new.status == 0, "\(new.errors)")
    return folder
  }

  @Test(arguments: [
    "", "My-Mixer", "my_mixer", "my--mixer", "-mixer", "mixer-", "2nd", "größe", "../mixer",
    String(repeating: "a", count: 49),
  ])
  func aBadNameIsRefusedWithWhatIsAllowed(name: String) throws {
    let folder = try TemporaryFolder()
    let new = try HostProcess.run([
      "plugins", "new", "--kind", "tokenizer", "--language", "c", "--into", folder.path, "--", name,
    ])
    #expect(new.status == 2)
    #expect(new.errors.contains("my-mixer"), "\(new.errors)")
    #expect(try folder.names() == [])
  }

  @Test func whatIsThereIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("mine/README.md", "mine")
    let new = try HostProcess.run([
      "plugins", "new", "--kind", "tokenizer", "--language", "c", "mine", "--into", folder.path,
    ])
    #expect(new.status == 2)
    #expect(new.errors.contains("mine"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("mine")).count == 1)
  }

  @Test(arguments: [[], ["--sdk", "/nowhere"]])
  func aSwiftPluginWithoutAnSDKIsRefused(sdk: [String]) throws {
    let folder = try TemporaryFolder()
    let new = try HostProcess.run(
      [
        "plugins", "new", "--kind", "tokenizer", "--language", "swift", "mine", "--into",
        folder.path,
      ]
        + sdk)
    #expect(new.status == 2)
    #expect(new.errors.contains("cpt-host's sources"), "\(new.errors)")
    #expect(try folder.names() == [])
  }

  @Test func theSDKMayBeARepository() throws {
    let folder = try TemporaryFolder()
    let new = try HostProcess.run([
      "plugins", "new", "--kind", "optimizer", "--language", "swift", "mine", "--into", folder.path,
      "--sdk", "https://example.org/somebody/a-fork.git",
    ])
    try #require(new.status == 0, "\(new.errors)")
    let manifest = try String(contentsOfFile: folder.path("mine/Package.swift"), encoding: .utf8)
    #expect(manifest.contains(".package(url: \"https://example.org/somebody/a-fork.git\", from: "))
    #expect(manifest.contains(".product(name: \"PluginSDK\", package: \"a-fork\")"))
    #expect(!manifest.contains("cpt-host"))
  }
}
