import Glibc
package import PluginBridges
import PluginSDK

/// Everything that a function manifest and the library behind it say without being run, and every
/// reason not to use the function.
package struct FunctionInspection: Sendable {
  /// The library that a manifest names.
  package struct Library: Sendable {
    package let path: String
    /// The SHA-256 of the file, in hexadecimal; nil if it cannot be read.
    package let digest: String?
  }

  /// The manifest.
  package let path: String
  package private(set) var byteCount: UInt64 = 0
  /// The SHA-256 of the manifest, in hexadecimal; nil if it cannot be read.
  package private(set) var digest: String?
  /// nil if the manifest is refused.
  package private(set) var function: ForeignFunction?
  /// nil if there is none, or only the loader knows where it is.
  package private(set) var library: Library?
  /// The functions that the manifest binds, and whether the library has each; nil if that is not
  /// known.
  package private(set) var functions: [(callable: ForeignCallable, isThere: Bool?)] = []
  /// Every reason to refuse it; empty if there is none.
  package private(set) var findings: [PluginHostError] = []

  /// The largest manifest that is read.
  private static let largestManifest: UInt64 = 1 << 20

  /// Inspects a manifest and its library.
  ///
  /// - Parameters:
  ///   - path: The manifest.
  ///   - reader: Decodes it.
  package init(path: String, _ reader: PluginSearchPath.FunctionReader) {
    self.init(manifest: path, reader)
    if let function { inspectLibrary(of: function) }
  }

  /// Inspects a manifest alone.
  init(manifest path: String, _ reader: PluginSearchPath.FunctionReader) {
    self.path = path
    do throws(PluginHostError) {
      let file = try RandomAccessFile(path: path)
      byteCount = file.byteCount
      findings += WritePermissions.findings(ofFile: path, file.stamp)
      guard byteCount <= Self.largestManifest else {
        throw PluginHostError(
          .malformed,
          "'\(path)' has \(byteCount) bytes; a function manifest has at most "
            + "\(Self.largestManifest)")
      }
      digest = try file.digest()
    } catch {
      findings.append(error)
      return
    }
    do {
      function = try reader(path)
    } catch {
      findings.append(PluginHostError(.malformed, "\(error)"))
    }
  }

  /// All findings as one error; nil if there are none.
  package var refusal: PluginHostError? {
    findings.first.map {
      PluginHostError($0.code, findings.map(\.message).joined(separator: "; moreover "))
    }
  }

  private mutating func inspectLibrary(of function: ForeignFunction) {
    functions = function.callables.map { ($0, nil) }
    let path: String
    do throws(PluginHostError) {
      if let beside = try OpenLibrary.path(of: function) {
        path = beside
      } else if let found = OpenLibrary.systemPath(of: function.library.name) {
        path = found
      } else {
        return
      }
    } catch {
      findings.append(error)
      return
    }
    library = Library(path: path, digest: try? RandomAccessFile(path: path).digest())
    if function.library.isSystem, let stamp = FileStamp(path: path) {
      findings += WritePermissions.findings(ofFile: path, stamp)
    }
    do throws(PluginHostError) {
      _ = try OpenLibrary.checkedDigest(of: path, for: function)
    } catch {
      findings.append(error)
    }
    do throws(PluginHostError) {
      let file = try SharedLibrary(path: path)
      for (place, callable) in function.callables.enumerated() {
        let isThere = try file.exports(callable.symbol)
        functions[place].isThere = isThere
        if !isThere { findings.append(function.missing(callable.symbol)) }
      }
    } catch {
      findings.append(error)
    }
  }
}

extension ForeignFunction {
  /// The functions that it binds.
  fileprivate var callables: [ForeignCallable] {
    if case .scalingLaw(let law) = place, let gradient = law.gradient { return [main, gradient] }
    return [main]
  }
}
