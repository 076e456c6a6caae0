import PluginBridges
import PluginHost
import PluginSDK

/// A plugin's file as other programs read it.
struct PluginOutput: Encodable {
  /// A signature that lies beside the file.
  struct Signature: Encodable {
    /// As a pipeline writes it; nil if the signature does not hold.
    var signer: String?
    /// Why it does not hold; nil if it does.
    var fault: String?
  }

  var path: String
  var byteCount: UInt64?
  /// In hexadecimal; only where it is known without reading the file for it alone.
  var sha256: String?
  /// nil if the file is refused.
  var identity: PluginIdentity?
  /// What of the record makes sense, where the file is refused.
  var record: IdentityRecord?
  var needed: [String]
  var buildID: String?
  var signature: Signature?
  var shadowedBy: String?
  /// Whether the file meets what a pipeline demands of it; nil where nothing is demanded.
  var isTrusted: Bool?
  /// Every reason to refuse the file.
  var refusedBecause: [String]

  /// All that is known of one file.
  init(_ inspection: PluginInspection, sha256: String?, signature: PluginSignatureState) {
    path = inspection.path
    byteCount = inspection.byteCount
    self.sha256 = sha256
    identity = inspection.record?.identity
    record = inspection.record?.identity == nil ? inspection.record : nil
    needed = inspection.needed
    buildID = inspection.buildID
    self.signature = Signature(signature)
    refusedBecause = inspection.findings.map(\.message)
  }

  /// A plugin of a listing.
  init(
    _ found: PluginSearchPath.Found, signature: PluginSignatureState, trust: PluginTrust
  ) {
    path = found.file.path
    identity = found.file.identity
    needed = found.file.needed
    self.signature = Signature(signature)
    shadowedBy = found.shadowedBy
    switch trust {
    case .nothingDemanded: refusedBecause = []
    case .met: (isTrusted, refusedBecause) = (true, [])
    case .unmet(let reason): (isTrusted, refusedBecause) = (false, [reason])
    }
  }

  /// A file of a listing that is refused.
  init(_ refused: PluginSearchPath.Refused) {
    path = refused.path
    needed = []
    refusedBecause = refused.findings.map(\.message)
  }
}

extension PluginOutput.Signature {
  fileprivate init?(_ state: PluginSignatureState) {
    switch state {
    case .none: return nil
    case .sound(let signer): self.init(signer: PluginTrustText.text(ofPublicKey: signer))
    case .unsound(let fault): self.init(fault: fault)
    }
  }
}

extension PluginSignatureState {
  /// What a person is told.
  var sentence: String {
    switch self {
    case .none: "not signed"
    case .sound(let signer): "signed by \(PluginTrustText.text(ofPublicKey: signer))"
    case .unsound(let fault): "the signature does not hold: \(fault)"
    }
  }
}
