import Foundation
import TestFolders

/// Where everything of the plugin ABI lies: sizes, offsets, types and numbers, as the C compiler says.
struct ABILayout: Equatable {
  /// What is said of each thing: `member cpt_text.data` -> `offset 0, size 8, const char *`.
  private(set) var facts: [String: String] = [:]

  /// Compiles a program from headers that prints their layout, and runs it.
  init(headers: URL) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("layout.c", Self.program(try ABIHeaders(headers)))
    let program = folder.path("layout")
    try CCompiler.build(source, headers: headers, arguments: [], to: program)
    self.init(text: try CCompiler.run(program, []).output)
  }

  /// Reads a kept layout.
  init(text: String) {
    for line in text.split(separator: "\n") {
      guard let colon = line.firstRange(of: ": ") else { continue }
      facts[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
    }
  }

  /// The layout as it is kept: one fact a line, sorted.
  var text: String {
    facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
  }

  private static func program(_ headers: ABIHeaders) -> String {
    var lines: [String] = []
    for type in headers.structs {
      lines.append(
        "printf(\"struct \(type.name): size %zu, alignment %zu\\n\", sizeof(\(type.name)), "
          + "_Alignof(\(type.name)));")
      for member in type.members {
        lines.append(
          "printf(\"member \(type.name).\(member.name): offset %zu, size %zu, \(member.type)\\n\", "
            + "offsetof(\(type.name), \(member.name)), sizeof(((\(type.name) *)0)->\(member.name)));"
        )
      }
    }
    for type in headers.numberTypes {
      lines.append(
        "printf(\"type \(type): size %zu, %s\\n\", sizeof(\(type)), "
          + "(\(type))-1 < 0 ? \"signed\" : \"unsigned\");")
    }
    for type in headers.functionTypes {
      lines.append("puts(\"function \(type.name): \(type.type)\");")
    }
    for enumerator in headers.enumerators {
      lines.append(
        "printf(\"enumerator \(enumerator.list ?? "-").\(enumerator.name): %lld\\n\", "
          + "(long long)\(enumerator.name));")
    }
    // The minor version names the kept file; the linkage has one value for each language.
    for macro in headers.macros
    where !["CPT_ABI_MINOR", "CPT_RECORD_LINKAGE"].contains(macro.name) {
      let text = macro.type.replacing("\"", with: "\\\"")
      lines.append("puts(\"macro \(macro.name): \(text)\");")
    }
    return "#include <cpt_plugin.h>\n#include <stdio.h>\nint main(void) {\n"
      + lines.joined(separator: "\n") + "\nreturn 0;\n}\n"
  }
}

extension ABILayout {
  private struct Member {
    var name: String
    var offset: Int
    var size: Int
  }

  private static var structFact: Regex<(Substring, Substring, Substring)> {
    /size (\d+), alignment (\d+)/
  }

  private static var memberFact: Regex<(Substring, Substring, Substring)> {
    /offset (\d+), size (\d+), .*/
  }

  private var structNames: [String] {
    facts.keys.filter { $0.hasPrefix("struct ") }.map { String($0.dropFirst("struct ".count)) }
      .sorted()
  }

  private func size(of type: String) -> Int? {
    facts["struct \(type)"]?.wholeMatch(of: Self.structFact).flatMap { Int($0.1) }
  }

  private func members(of type: String) -> [Member] {
    facts.compactMap { key, value in
      guard key.hasPrefix("member \(type)."), let match = value.wholeMatch(of: Self.memberFact),
        let offset = Int(match.1), let size = Int(match.2)
      else { return nil }
      return Member(name: key, offset: offset, size: size)
    }.sorted { $0.offset < $1.offset }
  }

  /// Whether a reader can tell by `struct_size` how much of a struct its maker knew.
  private func isSizePrefixed(_ type: String) -> Bool {
    facts["member \(type).struct_size"]?.hasPrefix("offset 0,") ?? false
  }

  /// Structs with bytes that neither a member nor its alignment explains: a member was overlooked.
  var unexplainedBytes: [String] {
    structNames.filter { type in
      var end = 0
      for member in members(of: type) {
        if member.offset - end >= min(8, member.size) { return true }
        end = member.offset + member.size
      }
      return (size(of: type) ?? 0) - end >= 8
    }
  }

  /// What in a later layout would break a plugin or a host that was built with this one.
  func breaks(in later: ABILayout) -> [String] {
    var breaks: [String] = []
    for (key, old) in facts {
      guard let new = later.facts[key] else {
        breaks.append("\(key) is gone")
        continue
      }
      if new != old && !isGrowth(key, old, new) {
        breaks.append("\(key) was '\(old)' and is '\(new)'")
      }
    }
    for type in structNames {
      guard let size = size(of: type) else { continue }
      for member in later.members(of: type) where facts[member.name] == nil {
        // In the padding of the old struct it would lie within a struct_size that never wrote it.
        if !isSizePrefixed(type) || member.offset < size {
          breaks.append("\(member.name) is new, and not behind the \(size) bytes of its struct")
        }
      }
    }
    for key in later.facts.keys
    where key.hasPrefix("enumerator cpt_status.") && facts[key] == nil {
      breaks.append("\(key) is new, but the list is closed")
    }
    return breaks.sorted()
  }

  private func isGrowth(_ key: String, _ old: String, _ new: String) -> Bool {
    guard key.hasPrefix("struct "), isSizePrefixed(String(key.dropFirst("struct ".count))),
      let old = old.wholeMatch(of: Self.structFact), let new = new.wholeMatch(of: Self.structFact),
      let oldSize = Int(old.1), let newSize = Int(new.1)
    else { return false }
    return old.2 == new.2 && newSize > oldSize
  }
}
