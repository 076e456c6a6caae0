import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// What the fuzzer found worth keeping is read again: refused or accepted, and never a crash.
struct FuzzCorpusTests {
  static let folder = ProjectFolders.repository
    .appending(path: "Tests/PluginFileFuzzing/Corpus").path(percentEncoded: false)

  @Test func theReaderAnswersForTheKeptCorpus() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
    #expect((20..<200).contains(names.count))
    var accepted = 0
    for name in names {
      let path = "\(Self.folder)/\(name)"
      do throws(PluginHostError) {
        let file = try PluginFile(path: path)
        #expect(!file.identity.name.isEmpty)
        accepted += 1
      } catch {
        #expect(error.message.contains(path))
      }
    }
    // A corpus of refusals alone would not reach the whole reader.
    #expect(accepted > 0 && accepted < names.count)
  }
}
