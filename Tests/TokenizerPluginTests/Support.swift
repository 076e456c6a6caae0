import PluginSDK

/// Documents from memory.
final class Documents: DocumentSource {
  let byteCount: Int
  private var left: ArraySlice<[UInt8]>

  init(_ documents: [[UInt8]]) {
    byteCount = documents.reduce(0) { $0 + $1.count }
    left = documents[...]
  }

  convenience init(_ texts: String...) { self.init(texts.map { Array($0.utf8) }) }

  func next() throws(PluginError) -> [UInt8]? { left.popFirst() }
}

/// A host that says nothing and is never interrupted, unless told so.
struct QuietHost: HostServices {
  var isCancelled = false
  func log(_ level: PluginLogLevel, _ message: String) {}
  func progress(_ fraction: Double, _ message: String) {}
}

/// SplitMix64 (doi 10.1145/2660193.2660195), so that a failing seed can be run again alone.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  /// Bytes that mix letters, blanks, Han characters, invalid UTF-8 and anything else.
  mutating func messyBytes() -> [UInt8] {
    let parts: [[UInt8]] = [
      Array("the theory of it ".utf8), Array("汉字处理系统".utf8), Array("  \n\n\t 12345".utf8),
      [0xFF], [0xE4, 0xB8], [0xC0, 0x80], [0xED, 0xA0, 0x80], Array("é…」\u{3000}🙂".utf8), [0],
    ]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...40, using: &self) {
      if Bool.random(using: &self) {
        bytes += parts[Int.random(in: parts.indices, using: &self)]
      } else {
        bytes.append(UInt8.random(in: 0...255, using: &self))
      }
    }
    return bytes
  }
}

let someText: [String] = [
  "The quick brown fox jumps over the lazy dog. The theory of the thing is in the thinking.",
  "系统管理员可以使用系统命令来管理系统。该命令显示系统信息，并管理文件系统。",
  "int main(void) {\n  return 0;\n}\n\n\nx = 12345 + 678;\r\n",
  "Größe, élan, naïve — Ελληνικά, кириллица, 日本語のテキスト, 한국어, ไทย, 🙂🙃",
]
