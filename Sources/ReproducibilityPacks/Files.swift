import Foundation
import Glibc

/// Opens a file to read, or says why that cannot be.
func openToRead(_ path: String) throws -> FileHandle {
  var isFolder: ObjCBool = false
  guard
    unsafe !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      || !isFolder.boolValue
  else { throw PackError(.file, "\(path) is a folder. Name a file.") }
  guard let file = FileHandle(forReadingAtPath: path) else {
    throw PackError(
      .file, "\(path) cannot be read. Check that the file exists and that you may read it.")
  }
  return file
}

/// Creates a file that must not be there yet, and never through a symbolic link.
func create(_ path: String) throws -> FileHandle {
  let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    throw PackError(.file, "\(path) cannot be created: \(reason()).")
  }
  return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// Puts a finished file or folder in its place, replacing what is there.
///
/// The folder around it is synced, so that after a crash either the old or the new one is there.
func replace(_ path: String, with temporary: String) throws {
  guard unsafe rename(temporary, path) == 0 else {
    throw PackError(.file, "\(path) cannot be put in place: \(reason()).")
  }
  let folder = unsafe open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
  guard folder >= 0 else { return }
  _ = fsync(folder)
  _ = close(folder)
}

/// Runs a step on a file, with the system's refusal as an error of ours.
func onFile<Value>(_ path: String, _ step: () throws -> Value) throws -> Value {
  do {
    return try step()
  } catch let error as PackError {
    throw error
  } catch {
    throw PackError(.file, "\(path): \(error.localizedDescription)")
  }
}

/// Hands a file's next bytes over in pieces, at most so many.
///
/// - Returns: How many bytes there were.
func readPieces(
  of file: FileHandle, path: String, upTo byteCount: Int, _ use: (Data) throws -> Void
) throws -> Int {
  var done = 0
  while done < byteCount {
    let piece = try onFile(path) { try file.read(upToCount: min(1 << 20, byteCount - done)) }
    guard let piece, !piece.isEmpty else { break }
    try use(piece)
    done += piece.count
  }
  return done
}

private func reason() -> String { unsafe String(cString: strerror(errno)) }
