package import Foundation

/// Where tests find what they need beside their own code.
package enum ProjectFolders {
  /// The repository that the tests were built from.
  package static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Where the test program lies; SwiftPM puts the host and the plugins beside it.
  package static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Corpora and tables that are kept beside the repository and not in it; they may be missing.
  package static let sharedData = repository.deletingLastPathComponent()
    .appending(path: "shared/data")
}
