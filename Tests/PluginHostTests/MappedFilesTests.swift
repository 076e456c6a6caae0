import Glibc
import PluginHost
import Testing

@Suite struct MappedFilesTests {
  /// Kernels before Linux 6.11 have but the list; what it says must be what newer ones answer.
  @Test func theKernelAnswersWhatItsListSays() throws {
    guard let function = unsafe dlsym(nil, "getpid"), let memory = unsafe malloc(1) else {
      Issue.record("neither a function nor memory to ask about")
      return
    }
    defer { unsafe free(memory) }
    let addresses = [UInt(bitPattern: function), UInt(bitPattern: memory), 0]
    let files = try MappedFiles.files(at: addresses)
    #expect(files == (try MappedFiles.listed(at: addresses)))
    #expect(files[0]?.inode != 0, "a function of a library lies in a file")
    #expect(files[1]?.inode == 0, "what malloc gives lies in none")
    #expect(files[2] == nil)
  }
}
