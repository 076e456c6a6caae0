import Foundation
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A plugin that is not what is demanded is refused before any of its code runs.
@Suite(.enabled(if: SmallPlugin.canBuild)) struct PluginTrustTests {
  private let folder: TemporaryFolder
  private let bytes: [UInt8]
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    bytes = try SmallPlugin.library()
    path = try folder.write("small.so", bytes)
  }

  private func registry(_ policy: PluginPolicy = PluginPolicy()) -> PluginRegistry {
    PluginRegistry(
      PluginSearchPath([folder.path]), environment: .silent, policy: policy)
  }

  /// What loading says of the build that runs.
  private func build(_ policy: PluginPolicy = PluginPolicy()) throws -> String? {
    try registry(policy).options(of: .dataMixer, named: "small").first?.name
  }

  private func refusal(_ policy: PluginPolicy) throws -> PluginHostError {
    try #require(#expect(throws: PluginHostError.self) { try build(policy) })
  }

  private func sign(with key: PluginSigningKey) throws {
    _ = try PluginSignature.write(besideFile: path, by: key)
  }

  @Test func pinnedFileIsLoaded() throws {
    let registry = registry(PluginPolicy(pins: ["small": try digest(bytes)]))
    #expect(try registry.options(of: .dataMixer, named: "small").map(\.name) == ["first"])
    #expect(registry.libraries.map(\.digest) == [try digest(bytes)])
    #expect(registry.libraries.map(\.file.path) == [path])
  }

  @Test(.enabled(if: BuiltPlugins.areThere), arguments: [false, true])
  func aWorkerIsHandedTheFileThatWasChecked(isPinned: Bool) throws {
    let registry = PluginRegistry(
      PluginSearchPath([folder.path]), environment: .silent,
      policy: PluginPolicy(
        isolation: .worker, pins: isPinned ? ["small": try digest(bytes)] : [:]),
      workers: WorkerSettings(program: BuiltPlugins.host))
    #expect(try registry.options(of: .dataMixer, named: "small").map(\.name) == ["first"])
    #expect(registry.libraries.map(\.digest) == [try digest(bytes)])
  }

  @Test(arguments: PluginIsolation.allCases)
  func pinThatDiffersNamesBothDigestsAndTheFile(isolation: PluginIsolation) throws {
    let pin = String(repeating: "0a", count: 32)
    let error = try refusal(PluginPolicy(isolation: isolation, pins: ["small": pin]))
    #expect(error.code == .untrusted)
    for part in [path, pin, try digest(bytes), "write \"sha256:\(try digest(bytes))\""] {
      #expect(error.message.contains(part))
    }
  }

  @Test func pinOfAnotherPluginDemandsNothing() throws {
    #expect(try build(PluginPolicy(pins: ["other": String(repeating: "0", count: 64)])) == "first")
  }

  @Test func signedFileIsLoadedAndAnUnsignedOneIsNot() throws {
    let key = PluginSigningKey()
    let policy = PluginPolicy(requiredSigner: key.publicKey)
    #expect(try refusal(policy).message.contains("is not signed"))
    try sign(with: key)
    #expect(try build(policy) == "first")
  }

  @Test func anotherKeysSignatureIsRefused() throws {
    try sign(with: PluginSigningKey())
    let error = try refusal(PluginPolicy(requiredSigner: PluginSigningKey().publicKey))
    #expect(error.message.contains("is signed by ed25519:"))
  }

  @Test func signatureOfAnotherContentIsRefused() throws {
    let key = PluginSigningKey()
    try sign(with: key)
    _ = try folder.write("small.so", try SmallPlugin.library(build: "second"))
    let error = try refusal(PluginPolicy(requiredSigner: key.publicKey))
    #expect(error.message.contains("it is for a file with the SHA-256 \(try digest(bytes))"))
  }

  @Test func signatureCannotBeMovedToAnotherPlugin() throws {
    let key = PluginSigningKey()
    let other = try folder.write("other.so", try SmallPlugin.library(name: "other"))
    _ = try PluginSignature.write(besideFile: other, by: key)
    _ = try folder.write("small.so.sig", try contents(other + ".sig"))
    let error = try refusal(PluginPolicy(requiredSigner: key.publicKey))
    #expect(error.message.contains("it is for the data-mixer plugin 'other' 1.0.0"))
  }

  /// Whatever byte of a signature is changed, it does not hold any more.
  @Test func changedSignatureNeverHolds() throws {
    let key = PluginSigningKey()
    try sign(with: key)
    let file = try PluginFile(path: path)
    let content = try digest(bytes)
    let policy = PluginPolicy(requiredSigner: key.publicKey)
    try policy.check(file, digest: content)
    let signature = try contents(path + ".sig")
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      _ = try folder.write("small.so.sig", changed)
      #expect(throws: PluginHostError.self) { try policy.check(file, digest: content) }
    }
    _ = try folder.write("small.so.sig", signature + [UInt8(ascii: "\n")])
    #expect(throws: PluginHostError.self) { try policy.check(file, digest: content) }
  }

  @Test func keysComeBackFromTheirFiles() throws {
    let key = PluginSigningKey()
    let paths = try key.write(as: folder.path("team"))
    #expect(try PluginSigningKey(path: paths.private).publicKey == key.publicKey)
    #expect(try PluginSigningKey.publicKey(path: paths.public) == key.publicKey)
    #expect(try mode(of: paths.private) == 0o600)
    // A key is never overwritten.
    #expect(throws: PluginHostError.self) { try PluginSigningKey().write(as: folder.path("team")) }
    #expect(try PluginSigningKey(path: paths.private).publicKey == key.publicKey)
  }

  @Test func privateKeyThatOthersMayReadIsRefused() throws {
    let paths = try PluginSigningKey().write(as: folder.path("team"))
    try setMode(0o640, of: paths.private)
    let error = #expect(throws: PluginHostError.self) { try PluginSigningKey(path: paths.private) }
    #expect(try #require(error).message.contains("chmod 600"))
  }

  @Test func fileThatAnybodyMayWriteIsRefused() throws {
    try setMode(0o646, of: path)
    #expect(try refusal(PluginPolicy()).message.contains("'\(path)' can be written by anybody"))
    try setMode(0o644, of: path)
    #expect(try build() == "first")
  }

  @Test func folderThatAnybodyMayWriteIsNotSearched() throws {
    try setMode(0o777, of: folder.path)
    #expect(
      try refusal(PluginPolicy()).message
        .contains("the folder '\(folder.path)' can be written by anybody"))
    #expect(throws: PluginHostError.self) { try PluginFile(path: path) }
    // Where the sticky bit keeps others from replacing our files, they may have theirs.
    try setMode(0o1777, of: folder.path)
    #expect(try build() == "first")
  }

  @Test func linkIntoAFolderThatAnybodyMayWriteIsRefused() throws {
    let link = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: link.path("small.so"), withDestinationPath: path)
    _ = try PluginFile(path: link.path("small.so"))
    try setMode(0o777, of: folder.path)
    #expect(throws: PluginHostError.self) { try PluginFile(path: link.path("small.so")) }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func foreignGroupsAndOwnersAreStrangers() throws {
    let (user, group): (uid_t, gid_t) = (54_321, 54_321)
    #expect(unsafe chown(path, 0, group) == 0)
    #expect(try build() == "first")
    try setMode(0o664, of: path)
    #expect(try refusal(PluginPolicy()).message.contains("group \(group), which you are not in"))
    try setMode(0o644, of: path)
    // Another user's file is accepted where only its owner could put it.
    #expect(unsafe chown(path, user, group) == 0)
    _ = try PluginFile(path: path)
    try setMode(0o1777, of: folder.path)
    #expect(try refusal(PluginPolicy()).message.contains("its owner is user \(user)"))
  }

  @Test func fileThatBecameAnotherSinceTheSearchIsRefused() throws {
    let registry = registry()
    _ = try folder.write("small.so", try SmallPlugin.library(version: "2.0.0"))
    let error = #expect(throws: PluginHostError.self) {
      try registry.options(of: .dataMixer, named: "small")
    }
    #expect(try #require(error).message.contains("another plugin now than when its folder was"))
  }

  private func setMode(_ mode: mode_t, of path: String) throws {
    try #require(unsafe chmod(path, mode) == 0)
  }

  private func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }
}
