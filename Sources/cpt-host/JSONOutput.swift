import ArgumentParser
import Foundation

/// Results for other programs.
enum JSONOutput {
  /// Prints a value with sorted keys and numbers in full precision.
  static func print(_ value: some Encodable) throws {
    Swift.print(String(decoding: try data(value), as: UTF8.self))
  }

  /// Writes a value to a file, as it would be printed.
  ///
  /// - Throws: `ValidationError` that says why the file cannot be written.
  static func write(_ value: some Encodable, to path: String) throws {
    let data = try data(value) + Data("\n".utf8)
    do {
      try data.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ValidationError("\(path) cannot be written: \(error.localizedDescription)")
    }
  }

  private static func data(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
