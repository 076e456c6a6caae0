import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// The cache makes a listing faster and changes nothing else.
@Suite(.enabled(if: SmallPlugin.canBuild)) struct PluginInspectionCacheTests {
  private let folder: TemporaryFolder
  private let plugins: TemporaryFolder
  private let path: String
  private let place: String

  init() throws {
    folder = try TemporaryFolder()
    plugins = try TemporaryFolder()
    path = try plugins.write("small.so", try SmallPlugin.library())
    _ = try plugins.write("text.so", "no library")
    place = folder.path("cache/plugins.json")
    Self.waitForTheNextTick()
  }

  /// Lets the clock of the file system go on, so that what was written is no longer of just now.
  private static func waitForTheNextTick() { usleep(50_000) }

  private func listed() -> PluginSearchPath {
    var cache = PluginInspectionCache(path: place)
    defer { cache.save() }
    return PluginSearchPath([plugins.path], cache: &cache)
  }

  @Test func aCachedListingIsTheSame() throws {
    let truth = PluginSearchPath([plugins.path])
    #expect(truth.found.count == 1)
    #expect(truth.refused.count == 1)
    #expect(listed() == truth)
    #expect(FileManager.default.fileExists(atPath: place))
    #expect(listed() == truth)
  }

  /// What the cache says is believed for a listing, which shows that it is used, and never for what
  /// is loaded.
  @Test func nothingIsLoadedFromTheCache() throws {
    _ = listed()
    let forged = try String(contentsOfFile: place, encoding: .utf8)
      .replacingOccurrences(of: "\"small\"", with: "\"forged\"")
    try Data(forged.utf8).write(to: URL(filePath: place))
    let path = listed()
    #expect(path.found.map(\.file.identity.name) == ["forged"])
    #expect(PluginSearchPath([plugins.path]).found.map(\.file.identity.name) == ["small"])
    let registry = PluginRegistry(path, environment: .silent)
    #expect(throws: PluginHostError.self) { try registry.options(of: .dataMixer, named: "forged") }
  }

  @Test func aChangedFileIsLookedAtAnew() throws {
    _ = listed()
    _ = try plugins.write("small.so", try SmallPlugin.library(version: "2.0.0"))
    #expect(listed().found.map(\.file.identity.version) == ["2.0.0"])
    try FileManager.default.removeItem(atPath: path)
    #expect(listed().found.isEmpty)
  }

  @Test func permissionsAreLookedAtAnew() throws {
    _ = listed()
    #expect(unsafe chmod(path, 0o666) == 0)
    #expect(listed().found.isEmpty)
    #expect(unsafe chmod(path, 0o644) == 0)
    #expect(listed().found.count == 1)
  }

  @Test(arguments: ["", "{", "[]", "{\"host\": 1}", "\u{0}\u{1}"])
  func aDamagedCacheIsNone(text: String) throws {
    _ = listed()
    try Data(text.utf8).write(to: URL(filePath: place))
    #expect(listed() == PluginSearchPath([plugins.path]))
  }

  @Test func anotherHostsCacheIsNone() throws {
    _ = listed()
    var content = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: place)))
        as? [String: Any])
    var host = try #require(content["host"] as? [String: Any])
    host["inode"] = 1
    content["host"] = host
    let text = String(decoding: try JSONSerialization.data(withJSONObject: content), as: UTF8.self)
      .replacingOccurrences(of: "\"small\"", with: "\"forged\"")
    try Data(text.utf8).write(to: URL(filePath: place))
    #expect(listed().found.map(\.file.identity.name) == ["small"])
  }

  @Test func aCacheThatOthersMayWriteIsNone() throws {
    _ = listed()
    let forged = try String(contentsOfFile: place, encoding: .utf8)
      .replacingOccurrences(of: "\"small\"", with: "\"forged\"")
    try Data(forged.utf8).write(to: URL(filePath: place))
    #expect(unsafe chmod(place, 0o666) == 0)
    #expect(listed().found.map(\.file.identity.name) == ["small"])
  }

  @Test func aCacheThatCannotBeWrittenIsNone() throws {
    _ = try folder.write("cache", "a file where the folder should be")
    #expect(listed() == PluginSearchPath([plugins.path]))
    #expect(listed() == PluginSearchPath([plugins.path]))
  }

  @Test func itsPlaceFollowsTheEnvironment() {
    #expect(
      PluginInspectionCache.path(environment: ["XDG_CACHE_HOME": "/c", "HOME": "/h"])
        == "/c/cpt-host/plugins.json")
    #expect(
      PluginInspectionCache.path(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/h"])
        == "/h/.cache/cpt-host/plugins.json")
    #expect(PluginInspectionCache.path(environment: [:]) == nil)
  }
}
