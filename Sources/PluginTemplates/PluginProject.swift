package import Foundation
package import PluginSDK

/// A language that plugins are written in.
package enum PluginLanguage: String, Hashable, Sendable, CaseIterable {
  case c, cpp, rust, swift
}

/// A plugin's project that builds, keeps its kind's laws, and is its author's to change.
package struct PluginProject: Hashable, Sendable {
  package let name: PluginName
  package let kind: PluginKind
  package let language: PluginLanguage
  /// Only a Swift project needs it.
  private let sdk: SDKLocation?

  /// Describes a project; nothing is written yet.
  ///
  /// - Throws: ``PluginProjectError`` if a Swift project has no SDK.
  package init(
    _ name: PluginName, kind: PluginKind, language: PluginLanguage, sdk: SDKLocation? = nil
  ) throws(PluginProjectError) {
    guard language != .swift || sdk != nil else {
      throw PluginProjectError(
        .wrongSDK,
        "a Swift plugin builds against PluginSDK: name the folder of cpt-host's sources, or the URL "
          + "of their repository, with --sdk")
    }
    self.name = name
    self.kind = kind
    self.language = language
    self.sdk = sdk
  }

  /// The commands that build and test the project, and where the library then lies.
  package var commands: (build: String, test: String, library: String) {
    switch language {
    case .c, .cpp: ("make", "make test", "lib\(name.text).so")
    case .rust:
      (
        "cargo build --release --offline", "cargo test --offline",
        "target/release/lib\(name.symbol).so"
      )
    case .swift: ("swift build -c release", "swift test", ".build/release/lib\(name.text).so")
    }
  }

  /// The files by their path in the project.
  package var files: [String: String] {
    Dictionary(
      uniqueKeysWithValues: layout.map { place, template in
        // The ABI's headers stay as they are.
        let text = EmbeddedTemplates.text(template)
        return (filled(place), template.hasPrefix("include/") ? text : filled(text))
      })
  }

  /// Writes the project into a folder of its name.
  ///
  /// - Returns: The folder.
  /// - Throws: ``PluginProjectError`` if the folder has content, or what the file system refuses with.
  package func write(into parent: URL) throws -> URL {
    let folder = parent.appending(path: name.text)
    let path = folder.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue, try FileManager.default.contentsOfDirectory(atPath: path).isEmpty
      else {
        throw PluginProjectError(
          .occupied,
          "'\(path)' is there already, and nothing is overwritten: take another name, or another "
            + "folder with --into")
      }
    }
    for (place, text) in files {
      let file = folder.appending(path: place)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return folder
  }

  /// A template with this project's names in the places of the example's.
  private func filled(_ text: String) -> String {
    var text = text.replacing("CPT_KIND_TOKENIZER", with: kind.constant)
    if text.contains("{{pipeline}}") {
      let snippet = EmbeddedTemplates.text("readme/\(kind.fileName).yaml")
      text.replace("{{pipeline}}", with: snippet.trimmingCharacters(in: .newlines))
      text.replace("{{kind}}", with: kind.name)
    }
    if let sdk {
      text.replace(".package(name: \"cpt-host\", path: \"../cpt-host\")", with: sdk.dependency)
      text.replace("package: \"cpt-host\"", with: "package: \"\(sdk.package)\"")
    }
    text.replace("example-plugin", with: name.text)
    text.replace("example_plugin", with: name.symbol)
    text.replace("ExamplePlugin", with: name.module)
    return text
  }
}
