import PluginBridges
import PluginSDK

/// Whether a plugin's file meets what is demanded of it.
package enum PluginTrust: Hashable, Sendable {
  case nothingDemanded
  case met
  /// It would be refused, for this reason.
  case unmet(String)
}

extension PluginPolicy {
  /// Judges a plugin's file by what is demanded of it, for showing: loading checks anew.
  ///
  /// - Parameters:
  ///   - file: The plugin.
  ///   - digest: Gives the SHA-256 of its file; asked only if anything is demanded.
  /// - Returns: Whether it meets that, and why not.
  package func standing(
    of file: PluginFile, digest: () throws(PluginHostError) -> String
  ) -> PluginTrust {
    guard demandsContent(of: file.identity) else { return .nothingDemanded }
    do throws(PluginHostError) {
      try check(file, digest: try digest())
      return .met
    } catch {
      return .unmet(error.message)
    }
  }

  /// Whether the content of a plugin's file is demanded, by a pin or by a signature.
  func demandsContent(of identity: PluginIdentity) -> Bool {
    pins[identity.name] != nil || requiredSigner != nil
  }

  /// Checks a plugin's file against its pin and the signature beside it.
  ///
  /// - Throws: ``PluginHostError`` that says what was found, what is demanded and what to do.
  package func check(_ file: PluginFile, digest: String) throws(PluginHostError) {
    if let pin = pins[file.identity.name], pin != digest {
      throw PluginHostError(
        .untrusted,
        "\(file.title) is not the file that the pipeline pins: it has the SHA-256 \(digest), and "
          + "'plugins.pin.\(file.identity.name)' demands \(pin); put the pinned file back, or write "
          + "\"\(PluginTrustText.text(ofDigest: digest))\" there if this one is wanted")
    }
    guard let requiredSigner else { return }
    let required = PluginTrustText.text(ofPublicKey: requiredSigner)
    let way =
      "sign it with 'cpt-host plugins sign \(file.path) --key' and the private key of "
      + "\(required), if you trust it"
    guard let signature = try PluginSignature(besideFile: file.path) else {
      throw PluginHostError(
        .untrusted,
        "\(file.title) is not signed, and 'plugins.require_signature' demands it: there is no "
          + "'\(file.path)\(PluginSignature.suffix)'; \(way)")
    }
    guard signature.signer == requiredSigner else {
      throw PluginHostError(
        .untrusted,
        "\(file.title) is signed by \(PluginTrustText.text(ofPublicKey: signature.signer)), and "
          + "'plugins.require_signature' demands \(required); \(way)")
    }
    if let fault = signature.fault(for: file, digest: digest) {
      throw PluginHostError(
        .untrusted,
        "the signature '\(file.path)\(PluginSignature.suffix)' does not hold: \(fault); \(way)")
    }
  }
}
