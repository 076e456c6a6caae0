import Pipelines
import PluginBridges
import PluginHost
import PluginSDK

extension PluginFile {
  /// The plugin of a file: a shared library, or the manifest of a function that stands for one.
  ///
  /// - Throws: ``PluginHostError`` with every reason if it is neither.
  init(libraryOrManifest path: String) throws(PluginHostError) {
    guard path.hasSuffix(ForeignFunction.fileSuffix) else {
      try self.init(path: path)
      return
    }
    do throws(PipelineError) {
      self.init(function: try FunctionDecoder.decode(contentsOf: path))
    } catch {
      throw PluginHostError(.malformed, "\(error)")
    }
  }
}
