import Foundation
import PluginSDK
import TestFolders

/// The bad zoo: plugin files that are damaged or mean harm, all made from one good plugin in C.
enum Zoo {
  /// The good plugin.
  static let honest = Result { try build() }

  static let specimens: [Specimen] = {
    guard let image = try? honest.get() else { return [] }
    return truncated(image) + flipped(image) + falsified(image) + places(image)
      + misbehaving(image)
  }()

  /// Those for which the outcome of a verb is known, with it.
  static func specimens(for verb: Verb) -> [(Specimen, Outcome)] {
    specimens.compactMap { specimen in specimen.outcomes[verb].map { (specimen, $0) } }
  }

  private static func build() throws -> ELFImage {
    let folder = try TemporaryFolder()
    let source = ProjectFolders.repository
      .appending(path: "Tests/PluginHostTests/ZooPlugin/plugin.c").path(percentEncoded: false)
    try CCompiler.build(
      source, arguments: ["-O1", "-shared", "-fPIC", "-pthread"], to: folder.path("zoo.so"))
    return ELFImage(bytes: try contents(folder.path("zoo.so")))
  }

  /// A specimen with the bytes that an edit leaves of the good plugin.
  static func edited(
    _ image: ELFImage, _ name: String, _ outcomes: [Verb: Outcome],
    _ edit: (inout ELFImage) -> Void
  ) -> Specimen {
    var image = image
    edit(&image)
    let bytes = image.bytes
    return Specimen(name: name, outcomes: outcomes) {
      try Data(bytes).write(to: URL(filePath: $0))
    }
  }

  /// Where the members of the record lie in the file.
  static func record(_ image: ELFImage) -> Int { image.section("cpt_plugin")?.offset ?? 0 }
}

extension ELFImage {
  /// Has the plugin be of a kind and break the rule of that name.
  mutating func behave(_ behaviour: String, as kind: PluginKind = .tokenizer) {
    guard let place = offset(of: "ZOO-BEHAVIOUR=") else { return }
    write(Array("ZOO-BEHAVIOUR=\(behaviour)".utf8), room: 64, at: place)
    write(UInt64(kind.rawValue), 4, at: Zoo.record(self) + 16)
  }
}
