package import Foundation
package import GraphLanguage

/// What a safetensors file holds: a name, a shape and a place for every tensor.
///
/// The file is 8 bytes with the length of the header (little-endian), the header as a JSON object,
/// and the elements, row-major and little-endian, one tensor after the other without gaps
/// (github.com/huggingface/safetensors, section "Format"). This reads and writes float32 (`F32`).
package struct SafetensorsHeader: Hashable, Sendable {
  /// A tensor and the bytes of the data part that hold it.
  package struct Tensor: Hashable, Sendable {
    package var name: String
    package var shape: Shape
    /// Relative to the first byte after the header.
    package var bytes: Range<Int>
  }

  /// In the order in which they lie in the file.
  package var tensors: [Tensor]
  package var metadata: [String: String]

  /// Lays tensors out by name, one after the other.
  package init(_ shapes: [(name: String, shape: Shape)], metadata: [String: String]) {
    var offset = 0
    tensors = shapes.sorted { $0.name < $1.name }.map { name, shape in
      let end = offset + shape.elementCount * MemoryLayout<Float>.size
      defer { offset = end }
      return Tensor(name: name, shape: shape, bytes: offset..<end)
    }
    self.metadata = metadata
  }

  /// The size of the data part.
  package var dataByteCount: Int { tensors.last?.bytes.upperBound ?? 0 }

  /// The length and the header, padded with spaces so that the data starts at a multiple of 8.
  package var encoded: Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(Self.quoted($0.key)):\(Self.quoted($0.value))"
      }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for tensor in tensors {
      let extents = tensor.shape.extents.map(String.init).joined(separator: ",")
      members.append(
        "\(Self.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(extents)],"
          + "\"data_offsets\":[\(tensor.bytes.lowerBound),\(tensor.bytes.upperBound)]}")
    }
    var header = Data("{\(members.joined(separator: ","))}".utf8)
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    let length = UInt64(header.count)
    return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }) + header
  }

  /// Reads a header and checks that its tensors fill the data part without gap or overlap.
  ///
  /// - Parameters:
  ///   - json: The header without its length.
  ///   - dataByteCount: The size of the rest of the file.
  ///   - file: The name for error messages.
  /// - Throws: ``TrainingError`` with `checkpoint`, naming the tensor that is wrong.
  package init(json: Data, dataByteCount: Int, file: String) throws(TrainingError) {
    let document: SafetensorsDocument
    do {
      document = try JSONDecoder().decode(SafetensorsDocument.self, from: json)
    } catch {
      throw TrainingError(
        .checkpoint,
        "'\(file)' is not a safetensors file: its header is not the JSON object that the format "
          + "asks for (\(error))")
    }
    metadata = document.metadata
    tensors = []
    for (name, entry) in document.tensors {
      tensors.append(try Self.tensor(name, entry, file: file))
    }
    tensors.sort { ($0.bytes.lowerBound, $0.name) < ($1.bytes.lowerBound, $1.name) }
    var offset = 0
    for tensor in tensors {
      guard tensor.bytes.lowerBound == offset else {
        throw TrainingError(
          .checkpoint,
          "'\(file)': tensor '\(tensor.name)' starts at byte \(tensor.bytes.lowerBound) of the "
            + "data where byte \(offset) is next; tensors must follow one another without gaps")
      }
      offset = tensor.bytes.upperBound
    }
    guard offset == dataByteCount else {
      throw TrainingError(
        .checkpoint,
        "'\(file)' holds \(dataByteCount) bytes of data where its header promises \(offset): the "
          + "file was cut off or damaged")
    }
  }

  private static func tensor(
    _ name: String, _ entry: SafetensorsDocument.Entry, file: String
  ) throws(TrainingError) -> Tensor {
    guard entry.dtype == "F32" else {
      throw TrainingError(
        .checkpoint,
        "'\(file)': tensor '\(name)' has type \(entry.dtype); only F32 can be read")
    }
    guard entry.shape.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }), entry.dataOffsets.count == 2,
      let begin = entry.dataOffsets.first, let end = entry.dataOffsets.last, begin >= 0,
      begin <= end
    else {
      throw TrainingError(
        .checkpoint,
        "'\(file)': tensor '\(name)' has shape \(entry.shape) and offsets \(entry.dataOffsets); "
          + "extents must be positive and offsets a begin and an end")
    }
    var expected = MemoryLayout<Float>.size
    for extent in entry.shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      expected = overflow ? Int.max : product
    }
    guard end - begin == expected else {
      throw TrainingError(
        .checkpoint,
        "'\(file)': tensor '\(name)' of shape \(entry.shape) needs \(expected) bytes and is given "
          + "\(end - begin)")
    }
    return Tensor(name: name, shape: Shape(entry.shape), bytes: begin..<end)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The JSON object of a header as it stands in the file.
private struct SafetensorsDocument: Decodable {
  struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype
      case shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var metadata: [String: String] = [:]
  var tensors: [String: Entry] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }
}
