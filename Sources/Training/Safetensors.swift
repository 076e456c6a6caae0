import Foundation
package import GraphLanguage

/// Tensors in a file, one read or written at a time so that a model is never held twice.
package struct Safetensors {
  package let path: String
  package let header: SafetensorsHeader
  private let dataOffset: Int

  /// Opens a file and checks its header against its size.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if the file is missing, cut off or not of this
  ///   format.
  package init(path: String) throws(TrainingError) {
    self.path = path
    let size: Int
    let json: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }
      size = Int(try handle.seekToEnd())
      try handle.seek(toOffset: 0)
      let prefix = try handle.read(upToCount: 8) ?? Data()
      let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard prefix.count == 8, length <= UInt64(size - 8) else {
        throw TrainingError(
          .checkpoint,
          "'\(path)' is not a whole safetensors file: it has \(size) bytes and its header "
            + "would not fit in them")
      }
      json = try handle.read(upToCount: Int(length)) ?? Data()
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.checkpoint, "'\(path)' cannot be read: \(error.systemReason)")
    }
    dataOffset = 8 + json.count
    header = try SafetensorsHeader(
      json: json, dataByteCount: size - dataOffset, file: path)
  }

  /// The shape of each tensor, by name.
  package var shapes: [String: Shape] {
    Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0.shape) })
  }

  /// Gives every tensor in the order of the file.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if the file cannot be read, or what `body` throws.
  package func readTensors(_ body: (String, Shape, [Float]) throws -> Void) throws {
    let handle: FileHandle
    do {
      handle = try FileHandle(forReadingFrom: URL(filePath: path))
      try handle.seek(toOffset: UInt64(dataOffset))
    } catch {
      throw TrainingError(.checkpoint, "'\(path)' cannot be read: \(error.systemReason)")
    }
    defer { try? handle.close() }
    for tensor in header.tensors {
      let bytes = try handle.read(upToCount: tensor.bytes.count) ?? Data()
      guard bytes.count == tensor.bytes.count else {
        throw TrainingError(.checkpoint, "'\(path)' ends inside tensor '\(tensor.name)'")
      }
      try body(tensor.name, tensor.shape, Self.elements(of: bytes))
    }
  }

  /// Writes tensors to a new file and waits until the disk has them.
  ///
  /// - Parameters:
  ///   - tensors: The name and shape of each tensor.
  ///   - metadata: Words to keep beside them.
  ///   - path: The file, replaced if it is there.
  ///   - elements: Gives the elements of a tensor, row-major; called once for each.
  /// - Throws: ``TrainingError`` with `storage`, or what `elements` throws.
  package static func write(
    _ tensors: [(name: String, shape: Shape)], metadata: [String: String], to path: String,
    elements: (String) throws -> [Float]
  ) throws {
    let header = SafetensorsHeader(tensors, metadata: metadata)
    try DurableFile.write(to: path) { handle in
      try handle.write(contentsOf: header.encoded)
      for tensor in header.tensors {
        let elements = try elements(tensor.name)
        precondition(
          elements.count == tensor.shape.elementCount,
          "\(elements.count) elements for '\(tensor.name)' \(tensor.shape)")
        try handle.write(contentsOf: bytes(of: elements))
      }
    }
  }

  private static func bytes(of elements: [Float]) -> Data {
    let words = elements.map(\.bitPattern.littleEndian)
    return unsafe words.withUnsafeBytes { unsafe Data($0) }
  }

  private static func elements(of bytes: Data) -> [Float] {
    let count = bytes.count / MemoryLayout<UInt32>.size
    let words = unsafe [UInt32](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe filled = bytes.copyBytes(to: buffer) / MemoryLayout<UInt32>.size
    }
    return words.map { Float(bitPattern: UInt32(littleEndian: $0)) }
  }
}
