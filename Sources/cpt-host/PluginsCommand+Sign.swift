import ArgumentParser
import PluginBridges
import PluginHost
import PluginSDK

extension PluginsCommand {
  /// `cpt-host plugins sign`.
  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign",
      abstract: "Sign a plugin's file, or make a key pair to sign with.",
      discussion: """
        The signature is written to FILE.sig. It holds for these bytes of this version of this \
        plugin, for whoever has the public key: `plugins verify` checks it, and \
        `require_signature` in a pipeline demands it.
        """)

    @Argument(help: "The shared library.", completion: .file(extensions: ["so"]))
    var file: String?

    @Option(help: "The file of the private key.", completion: .file(extensions: ["key"]))
    var key: String?

    @Option(
      help: ArgumentHelp(
        "Make a key pair instead: NAME.key to be kept secret, NAME.pub to be given away.",
        valueName: "name"))
    var newKey: String?

    func validate() throws {
      guard (newKey == nil) == (file != nil && key != nil), newKey == nil || (file ?? key) == nil
      else { throw ValidationError("give FILE and --key KEYFILE, or --new-key NAME alone") }
    }

    func run() throws {
      if let newKey {
        let paths = try PluginSigningKey().write(as: newKey)
        print("\(paths.private): the private key; whoever has it signs in your name")
        print("\(paths.public): the public key, for 'require_signature: \(paths.public)'")
      }
      guard let file, let key else { return }
      let signing = try PluginSigningKey(path: WorkspaceOption.absolute(key))
      let place = try PluginSignature.write(
        besideFile: WorkspaceOption.absolute(file), by: signing)
      print("\(place): signed by \(PluginTrustText.text(ofPublicKey: signing.publicKey))")
    }
  }

  /// `cpt-host plugins verify`.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check a plugin's file against the signature beside it, without running it.")

    @Argument(help: "The shared library.", completion: .file(extensions: ["so"]))
    var file: String

    @Option(
      help: "The public key that it must be signed with: a file, or ed25519: and 64 digits.",
      completion: .file(extensions: ["pub"]))
    var key: String

    func run() throws {
      let signer =
        try PluginTrustText.publicKey(key)
        ?? PluginSigningKey.publicKey(path: WorkspaceOption.absolute(key))
      let plugin = try PluginFile(path: WorkspaceOption.absolute(file))
      let digest = try PluginSignatureState.digest(of: plugin.path)
      try PluginPolicy(requiredSigner: signer).check(plugin, digest: digest)
      print(
        "\(plugin.path): \(plugin.identity.kind.name) '\(plugin.identity.name)' "
          + "\(plugin.identity.version), signed by \(PluginTrustText.text(ofPublicKey: signer))")
    }
  }
}
