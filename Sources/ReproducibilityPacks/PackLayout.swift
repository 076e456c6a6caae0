package import Experiments
package import Foundation
import PluginSDK

/// What a pack holds and under which names.
package enum PackLayout {
  /// The pipeline as it was written.
  package static let pipeline = "pipeline.yaml"
  /// The pipeline with every default filled in, naming the pack's own files.
  package static let resolvedPipeline = "pipeline.resolved.yaml"
  package static let results = "results.json"
  package static let environment = "environment.json"
  package static let report = "report/index.html"
  package static let reportData = "report/data/"
  package static let pluginFolder = "plugins"

  /// The files of a study, with their names in a pack: plugins with their signatures, the tokenizer's
  /// model, the final checkpoint of each run and, if wanted, the corpora.
  ///
  /// A path in the results that is not absolute is one inside the workspace. Of a checkpoint that is
  /// a folder the safetensors files are taken.
  ///
  /// - Throws: `PackError` for a file that is not there.
  package static func files(
    of results: StudyResults, workspace: URL, includingData: Bool
  ) throws -> [PackFile] {
    var names = UniqueNames()
    var files: [PackFile] = []
    func add(
      _ path: String, in folder: String, as name: String? = nil, sha256: String? = nil
    ) throws {
      let place = absolute(path, in: workspace)
      guard FileManager.default.isReadableFile(atPath: place) else {
        throw PackError(
          .file,
          "\(place) is not there or cannot be read, and the pack needs it. Run the pipeline again.")
      }
      let last = name ?? (place as NSString).lastPathComponent
      files.append(PackFile(name: names.name(last, in: folder), path: place, sha256: sha256))
    }
    for plugin in results.plugins where !files.contains(where: { $0.path == plugin.path }) {
      try add(plugin.path, in: pluginFolder, sha256: plugin.sha256)
      // A pipeline that demands signatures must find them beside its plugins in a replay as well.
      let signature = plugin.path + ".sig"
      if let name = files.last?.name, FileManager.default.isReadableFile(atPath: signature) {
        files.append(PackFile(name: name + ".sig", path: signature))
      }
    }
    for plugin in results.plugins {
      guard let library = plugin.library, !library.isSystem,
        !files.contains(where: { $0.path == library.path })
      else { continue }
      try add(library.path, in: pluginFolder, sha256: library.sha256)
      // A manifest finds its library beside it and under its name.
      let name = (library.path as NSString).lastPathComponent
      guard files.last?.name == "\(pluginFolder)/\(name)" else {
        throw PackError(
          .name,
          "Two libraries of the study are called \(name), and the function \(plugin.identity.name) "
            + "could not find its own in the pack. Rename one of them, also in its manifest.")
      }
    }
    if !results.tokenizer.path.isEmpty {
      try add(results.tokenizer.path, in: "tokenizer", sha256: results.tokenizer.sha256)
    }
    for run in results.runs {
      let folder = "checkpoints/" + UniqueNames.portable(run.stage)
      let size = run.variant.map { "\(run.size) \($0)" } ?? run.size
      for path in try weights(absolute(run.checkpoint, in: workspace)) {
        let name = (path as NSString).lastPathComponent
        let isSingle = path == absolute(run.checkpoint, in: workspace)
        try add(
          path, in: isSingle ? folder : folder + "/" + UniqueNames.portable(size),
          as: isSingle ? size + "." + (name as NSString).pathExtension : name)
      }
    }
    guard includingData else { return files }
    for corpus in results.corpora {
      for file in corpus.files {
        try add(
          file.path, in: "corpora/" + UniqueNames.portable(corpus.name), sha256: file.sha256)
      }
    }
    return files
  }

  /// The resolved pipeline with the names in the pack in place of the paths of corpora and folders
  /// of plugins.
  ///
  /// - Throws: `PackError` if it does not name one of them.
  package static func relocatedPipeline(
    of results: StudyResults, files: [PackFile], folders: [String: String]
  ) throws -> String {
    let corpora = files.filter { $0.name.hasPrefix("corpora/") }
    let plugins = files.filter { $0.name.hasPrefix(pluginFolder + "/") }
    var names = folders
    for file in corpora { names[file.path] = file.name }
    for plugin in plugins {
      names[(plugin.path as NSString).deletingLastPathComponent] = pluginFolder
    }
    let relocation = PathRelocation(names)
    let (text, found) = relocation.apply(to: results.resolvedPipeline)
    if let lost = corpora.first(where: { !found.contains($0.path) }) {
      throw PackError(
        .pipeline,
        "The resolved pipeline does not name the corpus file \(lost.path), so that the pack could "
          + "not be replayed. Leave the data out, or run the pipeline again.")
    }
    if !plugins.isEmpty, !found.contains(where: { names[$0] == pluginFolder }) {
      throw PackError(
        .pipeline,
        "The resolved pipeline does not name the folder of the plugins in the pack "
          + "(\(plugins.map(\.path).joined(separator: ", "))), so that the pack could not be "
          + "replayed. Run the pipeline again.")
    }
    return text
  }

  private static func absolute(_ path: String, in workspace: URL) -> String {
    path.hasPrefix("/") ? path : workspace.appendingPathComponent(path).path
  }

  private static func weights(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
      isFolder.boolValue
    else { return [path] }
    let names = try onFile(path) { try FileManager.default.contentsOfDirectory(atPath: path) }
    return names.filter { $0.hasSuffix(".safetensors") }.sorted().map { path + "/" + $0 }
  }
}

/// Gives out names of letters that need no quoting anywhere, none of them twice.
struct UniqueNames {
  private var given: Set<String> = []

  /// A name in a folder; where it is taken already, a folder with a number stands before it.
  mutating func name(_ name: String, in folder: String) -> String {
    let last = UniqueNames.portable(name)
    var candidate = folder + "/" + last
    var number = 2
    while !given.insert(candidate).inserted {
      candidate = "\(folder)/\(number)/\(last)"
      number += 1
    }
    return candidate
  }

  /// A name with an underscore for all but ASCII letters, digits, points, dashes and underscores.
  static func portable(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar -> Character in
      let isKept =
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isKept || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
    }
    // The end is kept where a name is too long: it says what kind of file it is.
    let text = String(kept.suffix(80))
    return text.isEmpty || text.allSatisfy { $0 == "." } ? "_" + text : text
  }
}
