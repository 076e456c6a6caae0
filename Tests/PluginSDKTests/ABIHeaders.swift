import Foundation

/// What the headers of the plugin ABI declare, found by reading their text.
///
/// It reads the plain style of our headers: one declarator a member, no struct in a struct, `//` for
/// comments. Whatever it would overlook, ``ABILayout`` misses as bytes that no member explains.
struct ABIHeaders {
  struct Struct {
    var name: String
    var members: [Member]
  }

  struct Member {
    var name: String
    /// Its type in C, without names of parameters: `void (*)(struct cpt_error *)`.
    var type: String
  }

  struct Enumerator {
    /// The type it is a value of; nil if the list has none.
    var list: String?
    var name: String
  }

  private(set) var structs: [Struct] = []
  private(set) var enumerators: [Enumerator] = []
  /// Names for numbers: `cpt_status`.
  private(set) var numberTypes: [String] = []
  /// Types of functions, with their type in C.
  private(set) var functionTypes: [Member] = []
  /// Macros without arguments, with what they stand for.
  private(set) var macros: [Member] = []

  /// Reads every header of a folder.
  init(_ folder: URL) throws {
    for file in try Self.files(folder) {
      read(try String(contentsOf: file, encoding: .utf8).replacing(/\/\/[^\n]*/, with: ""))
    }
  }

  /// The headers of a folder, in a fixed order.
  static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path(percentEncoded: false))
      .filter { $0.hasSuffix(".h") }.sorted().map { folder.appending(path: $0) }
  }

  private mutating func read(_ text: String) {
    for match in text.matches(of: /typedef\s+struct\s+\w+\s*\{([^{}]*)\}\s*(\w+);/) {
      let members = match.1.split(separator: ";").map(Self.words).filter { !$0.isEmpty }
      structs.append(Struct(name: String(match.2), members: members.map(Self.member)))
    }
    let list = /(?:typedef\s+\w+\s+(\w+);\s*)?enum\s*\{([^{}]*)\}/
    for match in text.matches(of: list) {
      for part in match.2.split(separator: ",") {
        guard let name = Self.words(part).split(separator: " ").first else { continue }
        enumerators.append(Enumerator(list: match.1.map(String.init), name: String(name)))
      }
    }
    for match in text.matches(of: /typedef\s+\w+\s+(\w+);/) { numberTypes.append(String(match.1)) }
    for match in text.matches(of: /typedef\s+(\w+\s+\(\*\w+\)\([^;]*\));/) {
      functionTypes.append(Self.member(Self.words(match.1)))
    }
    for match in text.matches(of: /(?m)^#define\s+(\w+)[ \t]+(\S.*)$/) {
      macros.append(Member(name: String(match.1), type: Self.words(match.2)))
    }
  }

  /// A declaration's name and type.
  private static func member(_ declaration: String) -> Member {
    if let match = declaration.firstMatch(of: /\(\*(\w+)\)/) {
      let type = declaration.replacing(match.0, with: "(*)")
        .replacing(/(\*|\w )\w+(?=[,)])/) { String($0.1) }
        .replacing(#/ (?=[,)])/#, with: "")
      return Member(name: String(match.1), type: type)
    }
    guard let match = declaration.firstMatch(of: /(\w+)((?:\[\w+\])?)$/) else {
      return Member(name: declaration, type: "")
    }
    let before = declaration[..<match.range.lowerBound].trimmingCharacters(in: .whitespaces)
    return Member(name: String(match.1), type: before + match.2)
  }

  /// The words of a text with one space between.
  private static func words(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
