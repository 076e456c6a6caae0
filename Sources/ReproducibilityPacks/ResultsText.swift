import Experiments
import Foundation

/// Results as JSON with sorted keys and numbers in full precision, in which equal results give
/// equal bytes.
enum ResultsText {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try encoder.encode(value) + Data("\n".utf8)
    } catch {
      throw PackError(.results, "The results cannot be written as JSON: \(error)")
    }
  }

  static func decode(_ text: Data) throws -> StudyResults {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(StudyResults.self, from: text)
    } catch {
      throw PackError(
        .results,
        "\(PackLayout.results) cannot be read: \(error). Use the version of cpt-host that wrote it."
      )
    }
  }
}
