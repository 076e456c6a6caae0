import Foundation
import Glibc

/// What stands where a file should.
extension Zoo {
  static func places(_ image: ELFImage) -> [Specimen] {
    func place(_ name: String, _ make: @escaping @Sendable (String) throws -> Void) -> Specimen {
      Specimen(name: name, outcomes: [.inspect: .refused(), .options: .refused()], make: make)
    }
    func link(_ name: String, to target: String) -> Specimen {
      place(name) { path in
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
      }
    }
    func file(_ name: String, _ bytes: [UInt8]) -> Specimen {
      place(name) { try Data(bytes).write(to: URL(filePath: $0)) }
    }
    let header = Array(image.bytes.prefix(64))
    return [
      file("empty", []), file("one-byte", [0x7F]), file("magic-only", [0x7F, 0x45, 0x4C, 0x46]),
      file("header-only", header), file("text", Array("not a library\n".utf8)),
      file("script", Array("#!/bin/sh\nexit 0\n".utf8)), file("archive", Array("!<arch>\n".utf8)),
      file("zeros", [UInt8](repeating: 0, count: 4096)),
      file("ones", [UInt8](repeating: 0xFF, count: 4096)),
      file("header-and-ones", header + [UInt8](repeating: 0xFF, count: 1 << 16)),
      link("link-to-nothing", to: "/no/such/file.so"), link("link-to-zeros", to: "/dev/zero"),
      link("link-to-null", to: "/dev/null"), link("link-to-full", to: "/dev/full"),
      link("link-to-random", to: "/dev/urandom"), link("link-to-folder", to: "/"),
      link("link-to-terminal", to: "/dev/tty"), link("link-to-kernel", to: "/proc/self/mem"),
      link("link-to-growing", to: "/proc/self/maps"), link("link-to-shell", to: "/bin/sh"),
      link("link-to-c-library", to: "/lib/x86_64-linux-gnu/libc.so.6"),
      place("link-loop") { path in
        try FileManager.default.createSymbolicLink(
          atPath: path, withDestinationPath: URL(filePath: path).lastPathComponent)
      },
      place("folder") { path in
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      },
      place("pipe") { path in try made(unsafe mkfifo(path, 0o600)) },
      place("socket") { path in try made(unsafe mknod(path, S_IFSOCK | 0o600, 0)) },
      place("sparse-4-GiB") { path in try sparse([], path) },
      place("sparse-4-GiB-with-header") { path in try sparse(header, path) },
      place("sparse-4-GiB-within") { path in
        // Every part of the library is there, and its section headers at the far end.
        var far = image
        far.write(UInt64(4 << 30) - 64, 8, at: 40)
        try sparse(far.bytes, path)
      },
    ]
  }

  private static func made(_ status: CInt) throws {
    guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  /// A file of 4 GiB that starts with some bytes and takes no room for the rest.
  private static func sparse(_ start: [UInt8], _ path: String) throws {
    try Data(start).write(to: URL(filePath: path))
    let handle = try FileHandle(forUpdating: URL(filePath: path))
    try handle.truncate(atOffset: 4 << 30)
    try handle.close()
  }
}
