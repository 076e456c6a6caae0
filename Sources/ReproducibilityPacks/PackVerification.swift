/// What checking a pack found.
package struct PackVerification: Hashable, Sendable {
  /// Of the pack as it is; nil if it has no manifest that can be read.
  package var digest: PackDigest?
  package var manifest: PackManifest?
  /// Empty if every byte is as it was written.
  package var findings: [PackFinding]

  /// Whether every byte is as it was written.
  package var isSound: Bool { findings.isEmpty }
}

/// Something wrong with a pack.
package enum PackFinding: Hashable, Sendable, CustomStringConvertible {
  /// The manifest lists it, the pack does not have it.
  case missing(String)
  /// The pack has it, the manifest does not list it.
  case extra(String)
  /// Its bytes are not those that the manifest lists.
  case changed(String)
  case duplicate(String)
  case outOfOrder(String)
  /// A name that must not be extracted, and why.
  case badName(String, String)
  /// The archive cannot be read on: cut off, or not laid out as a pack is.
  case damaged(String)
  /// The pack is not the one that was published.
  case otherDigest(expected: PackDigest, found: PackDigest)

  package var description: String {
    switch self {
    case .missing(let name): "\(name) is missing."
    case .extra(let name): "\(name) is not in the manifest."
    case .changed(let name): "\(name) was changed."
    case .duplicate(let name): "\(name) is there twice."
    case .outOfOrder(let name): "\(name) does not stand where it was written."
    case .badName(let name, let fault): "\"\(name)\" is not a name for a member: it \(fault)."
    case .damaged(let reason): reason.hasSuffix(".") ? reason : reason + "."
    case .otherDigest(let expected, let found):
      "The pack's digest is \(found), not \(expected): it is another pack, or a changed one."
    }
  }
}
