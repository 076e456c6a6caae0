import Experiments
import Foundation
import TestFolders
import Testing

struct AvailableMemoryTests {
  private static let meminfo = "MemTotal:  4000 kB\nMemAvailable:    3000 kB\n"

  /// What is read where some files stand.
  private static func memory(_ files: [String: String]) throws -> AvailableMemory? {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let file = URL(filePath: "\(folder.path)/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return AvailableMemory.current(root: folder.path)
  }

  @Test func machineWithoutGroupsLeavesWhatIsAvailable() throws {
    let found = try Self.memory(["proc/meminfo": Self.meminfo])
    #expect(found == AvailableMemory(byteCount: 3000 * 1024, limit: "the machine"))
  }

  @Test func groupLeavesItsLimitWithoutWhatIsNeeded() throws {
    let found = try Self.memory([
      "proc/meminfo": Self.meminfo, "proc/self/cgroup": "0::/a/b\n",
      "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "900000\n",
      "sys/fs/cgroup/a/memory.max": "2000000\n", "sys/fs/cgroup/a/memory.current": "1000000\n",
      "sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 300000\nactive_file 7\n",
    ])
    #expect(found == AvailableMemory(byteCount: 1_300_000, limit: "the control group '/a'"))
  }

  @Test func groupOfTheFirstVersionCountsToo() throws {
    let found = try Self.memory([
      "proc/meminfo": Self.meminfo, "proc/self/cgroup": "5:cpu:/x\n4:memory:/x\n0::/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "400000\n",
      "sys/fs/cgroup/memory/memory.stat": "inactive_file 5\ntotal_inactive_file 100000\n",
    ])
    #expect(found == AvailableMemory(byteCount: 700_000, limit: "the control group '/'"))
  }

  @Test func fullGroupLeavesNothing() throws {
    let found = try Self.memory([
      "proc/meminfo": Self.meminfo, "proc/self/cgroup": "0::/\n",
      "sys/fs/cgroup/memory.max": "1000\n", "sys/fs/cgroup/memory.current": "4096\n",
    ])
    #expect(found?.byteCount == 0)
  }

  @Test func silentSystemSetsNoLimit() throws {
    #expect(try Self.memory([:]) == nil)
  }
}
