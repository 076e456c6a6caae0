import Pipelines
import Testing

/// A seed of a stream of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood 2014).
struct Seed: RandomNumberGenerator, Codable, Sendable {
  var state: UInt64

  static func first(_ count: Int) -> [Seed] {
    (0..<count).map { Seed(state: UInt64($0)) }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

struct PipelineFuzzTests {
  private static let characters = Array(
    "{}[]:,#&*!|>'\"%@`-?<=~. \t\n\r\u{0}\u{85}\u{2028}\u{FEFF}\u{F0000}aN05ékB中\\/_e+")

  @Test(arguments: Seed.first(40))
  func damagedFilesAreDecodedOrRefusedAtAPlaceInThem(_ seed: Seed) throws {
    let fixture = try PipelineFixture()
    var random = seed
    for _ in 0..<25 {
      let text = Self.damaged(exampleText, with: &random)
      do {
        let pipeline = try fixture.decode(text)
        #expect(try fixture.decode(pipeline.resolvedYAML) == pipeline)
      } catch {
        // YAML ends lines at more characters than these at most.
        let lineCount =
          text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        for diagnostic in error.diagnostics {
          #expect((1...lineCount + 1).contains(diagnostic.line), "\(diagnostic) in \(text)")
          #expect(diagnostic.column >= 1)
          #expect(!diagnostic.message.isEmpty)
        }
        let places = error.diagnostics.map { ($0.line, $0.column) }
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 <= $1 })
      }
    }
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "&a [", "a:\n "])
  func deepNestingIsRefused(_ opening: String) throws {
    let fixture = try PipelineFixture()
    let text = "schema: 1\nname: " + String(repeating: opening, count: 5000)
    #expect(!fixture.diagnostics(text).isEmpty)
  }

  @Test func aliasesThatMultiplyAreRefused() throws {
    let fixture = try PipelineFixture()
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let uses = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(uses)]\n"
    }
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.map(\.message).contains { $0.contains("holds more than") })
  }

  /// The text with a few characters or lines deleted, doubled, swapped or replaced.
  private static func damaged(_ text: String, with random: inout Seed) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0..<Int.random(in: 1...4, using: &random) where !scalars.isEmpty {
      let index = Int.random(in: scalars.indices, using: &random)
      let other = Int.random(in: scalars.indices, using: &random)
      let lineStart = (scalars[..<index].lastIndex(of: "\n") ?? -1) + 1
      let lineEnd = (scalars[index...].firstIndex(of: "\n") ?? scalars.count - 1) + 1
      let character = characters[Int.random(in: characters.indices, using: &random)].unicodeScalars
      switch Int.random(in: 0..<8, using: &random) {
      case 0: scalars.remove(at: index)
      case 1: scalars.insert(scalars[index], at: index)
      case 2, 3:
        scalars.replaceSubrange(
          index...index, with: character)
      case 4:
        scalars.insert(
          contentsOf: character, at: index)
      case 5: scalars.removeSubrange(lineStart..<lineEnd)
      case 6: scalars.insert(contentsOf: scalars[lineStart..<lineEnd], at: lineEnd)
      default: scalars.swapAt(index, other)
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
