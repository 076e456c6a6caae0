import ArgumentParser
import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK
import ScalingLaws

/// Where every command that takes a law finds it.
struct LawFolders: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder to look for law plugins and manifests in before the installed ones; may be repeated.",
      valueName: "dir"),
    completion: .directory)
  var plugins: [String] = []
}

/// Which law a command fits.
struct LawArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The law: the name of a plugin, or the file of one or of a function manifest.",
      valueName: "name"))
  var law: String

  @Option(
    help: ArgumentHelp(
      "An option of the law plugin; may be repeated. 'cpt-host plugins options NAME' lists them.",
      valueName: "name=value"))
  var option: [String] = []

  @OptionGroup var folders: LawFolders

  /// Loads the law.
  ///
  /// - Throws: `ValidationError` if there is no such law or it does not take the options, or the
  ///   host's error.
  func load() throws -> LoadedLaw {
    try LoadedLaw(law, folders: folders.plugins) { declared in
      try OptionValues(option, of: "--option", declared: declared)
    }
  }
}

/// A law with where it comes from.
struct LoadedLaw {
  let form: any ScalingLaw
  let reference: LawReference

  /// Loads a law by its name, or from the file of a plugin or a manifest.
  ///
  /// - Parameters:
  ///   - law: The name or path.
  ///   - folders: Folders to look into before the installed ones.
  ///   - options: Gives the options, once it is known which the law takes.
  /// - Throws: `ValidationError` if there is none or it refuses the options, or the host's error.
  init(
    _ law: String, folders: [String], options: ([OptionDeclaration]) throws -> OptionValues
  ) throws {
    let (name, path) = try Self.find(law, folders: folders)
    let registry = PluginRegistry(
      path, environment: HostEnvironment(logger: Logger(label: "cpt-host")),
      policy: try PluginPolicy().with(environment: ProcessInfo.processInfo.environment))
    let values: OptionValues
    do {
      let factory = try registry.scalingLaw(named: name)
      values = try options(factory.options)
      form = try factory.make(options: values)
    } catch let error as PluginHostError where error.code == .notFound {
      throw ValidationError(error.message)
    } catch let error as PluginError where error.status == .invalidArgument {
      throw ValidationError("\(error)")
    }
    let library = try registry.library(of: .scalingLaw, named: name)
    reference = LawReference(
      name: name, version: library.file.identity.version, sha256: library.digest,
      librarySHA256: library.foreign?.digest, options: values.values)
  }

  /// Loads the law of an earlier fit again, with its options.
  ///
  /// - Returns: The law; where its file is another than the fit's, a sentence that says so.
  /// - Throws: As ``init(_:folders:options:)``.
  static func again(
    _ reference: LawReference, folders: [String]
  ) throws -> (law: LoadedLaw, warning: String?) {
    let law = try LoadedLaw(reference.name, folders: folders) { _ in
      OptionValues(reference.options)
    }
    let isSame =
      law.reference.sha256 == reference.sha256
      && law.reference.librarySHA256 == reference.librarySHA256
    return (
      law,
      isSame
        ? nil
        : """
        The law '\(reference.name)' (now \(law.reference.version)) is another file than the one that \
        was fitted (\(reference.version)): fit again if its form has changed.
        """
    )
  }

  /// The law's name and where to look for it.
  private static func find(
    _ law: String, folders: [String]
  ) throws -> (name: String, path: PluginSearchPath) {
    let suffix = ForeignFunction.fileSuffix
    if law.hasSuffix(suffix) {
      let file = URL(filePath: WorkspaceOption.absolute(law))
      guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
        throw ValidationError("there is no file '\(law)'")
      }
      let folder = file.deletingLastPathComponent().path(percentEncoded: false)
      return (
        String(file.lastPathComponent.dropLast(suffix.count)),
        PluginFolders.searchPath(after: [folder.droppingTrailingSlash])
      )
    }
    if law.hasSuffix(".so") {
      let file = try PluginFile(path: WorkspaceOption.absolute(law))
      return (file.identity.name, PluginSearchPath(file: file))
    }
    return (law, PluginFolders.searchPath(after: folders.map(WorkspaceOption.absolute)))
  }
}
