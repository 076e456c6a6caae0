import Foundation
import TestFolders
import Testing

/// Holds that plugins are never linked into the host.
@Suite struct HostBinaryTests {
  static let pluginModules: [String] = {
    let folder = Repository.root.appending(path: "Plugins").path()
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }()

  @Test(arguments: pluginModules)
  func theHostHoldsNoCodeOfAPlugin(module: String) throws {
    let host = try Data(contentsOf: ProjectFolders.products.appending(path: "cpt-host"))
    // The module name as Swift mangles it into every symbol: its length, then its letters.
    let mangled = Data("$s\(module.utf8.count)\(module)".utf8)
    #expect(host.range(of: mangled) == nil, "cpt-host contains symbols of \(module)")
    let library = try Data(contentsOf: ProjectFolders.products.appending(path: "lib\(module).so"))
    #expect(library.range(of: mangled) != nil, "the search would not have found them")
  }

  @Test func theHostCarriesNoPluginRecord() throws {
    let host = try Data(contentsOf: ProjectFolders.products.appending(path: "cpt-host"))
    // The magic is followed by the size of the record in every plugin; the host knows the magic alone.
    let record = Data("CPTPLUG1".utf8) + Data([0, 2, 0, 0])
    #expect(host.range(of: record) == nil)
  }
}
