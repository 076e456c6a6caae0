import PluginSDK

/// What a byte-pair tokenizer has learnt, and the text it is saved as.
///
///     cpt-host byte-pair 1
///     digits 1
///     han_characters 16
///     merges 7936
///     116 104
///     256 101
///     ...
///     checksum 0123456789abcdef
///
/// Each merge is a line with its left and right id; the first makes the id 256, the next 257, and so
/// on. The checksum is the FNV-1a hash (64 bits) of every byte before the word `checksum`.
struct BytePairModel: Sendable {
  var division: Division
  var merges: [Pair]

  private static let title = "cpt-host byte-pair 1"

  /// The model as it is saved.
  var text: [UInt8] {
    var text = """
      \(Self.title)
      digits \(division.digits)
      han_characters \(division.hanCharacters)
      merges \(merges.count)

      """
    for merge in merges { text += "\(merge.left) \(merge.right)\n" }
    let bytes = Array(text.utf8)
    return bytes + Array("checksum \(Self.checksum(bytes[...]))\n".utf8)
  }

  init(division: Division, merges: [Pair]) {
    self.division = division
    self.merges = merges
  }

  /// Reads a saved model.
  ///
  /// - Throws: ``PluginError`` with `corruptData`, and the line.
  init(text: [UInt8]) throws(PluginError) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.first == Array(Self.title.utf8)[...] else {
      throw Self.corrupt("its first line is not '\(Self.title)'")
    }
    let digits = try Self.number("digits", in: lines, at: 1, allowed: 1...3)
    let han = try Self.number("han_characters", in: lines, at: 2, allowed: 1...64)
    let count = try Self.number("merges", in: lines, at: 3, allowed: 0...BytePairTokenizer.mostIDs)
    guard lines.count == count + 6, lines[count + 5].isEmpty else {
      throw Self.corrupt("it has \(lines.count) lines, and \(count) merges make \(count + 6)")
    }
    let body = text[..<lines[count + 4].startIndex]
    guard lines[count + 4] == Array("checksum \(Self.checksum(body))".utf8)[...] else {
      throw Self.corrupt("its contents do not have the checksum on its last line")
    }
    division = Division(digits: digits, hanCharacters: han)
    merges = []
    merges.reserveCapacity(count)
    var seen = PairTable(minimumCapacity: count)
    for (number, line) in lines[4..<(count + 4)].enumerated() {
      let ids = line.split(separator: UInt8(ascii: " ")).map {
        Int32(String(decoding: $0, as: UTF8.self))
      }
      guard ids.count == 2, let left = ids[0], let right = ids[1],
        (0..<Int32(256 + number)).contains(left), (0..<Int32(256 + number)).contains(right)
      else {
        throw Self.corrupt("line \(number + 5) is not two ids from 0 to \(255 + number)")
      }
      guard seen.insert(Pair(left: left, right: right)) == number else {
        throw Self.corrupt("line \(number + 5) joins a pair that an earlier line joins")
      }
      merges.append(Pair(left: left, right: right))
    }
  }

  private static func number(
    _ name: String, in lines: [ArraySlice<UInt8>], at index: Int, allowed: ClosedRange<Int>
  ) throws(PluginError) -> Int {
    let line = index < lines.count ? String(decoding: lines[index], as: UTF8.self) : ""
    guard line.hasPrefix("\(name) "), let number = Int(line.dropFirst(name.utf8.count + 1)),
      allowed.contains(number)
    else {
      throw corrupt(
        "line \(index + 1) is not '\(name)' and a number from \(allowed.lowerBound) to \(allowed.upperBound)"
      )
    }
    return number
  }

  private static func corrupt(_ what: String) -> PluginError {
    PluginError(
      .corruptData,
      "the saved byte-pair model cannot be read: \(what). Remove the file, and train it anew")
  }

  /// FNV-1a, 64 bits, in 16 hexadecimal digits (RFC 9923).
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
