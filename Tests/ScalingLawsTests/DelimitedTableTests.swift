import ScalingLaws
import Testing

struct DelimitedTableTests {
  private func texts(_ text: String) throws -> [[String]] {
    let table = try DelimitedTable(text.utf8, file: "t.csv")
    return [table.header] + table.rows.map { $0.map(\.text) }
  }

  /// RFC 4180, section 2, and what programs write in its place.
  @Test(arguments: [
    "N,D\n1,2\n", "N,D\r\n1,2\r\n", "N,D\r1,2\r", "N,D\n1,2", "\u{FEFF}N,D\n1,2\n",
    "\"N\",\"D\"\n\"1\",2\n", "\n\nN,D\n\n1,2\n\n\n", "N;D\n1;2\n", "N\tD\n1\t2\n",
    " N , D \n1,2\n",
  ])
  func oneTableIsReadInAllItsSpellings(_ text: String) throws {
    #expect(try texts(text) == [["N", "D"], ["1", "2"]])
  }

  @Test func aQuotedCellMayHoldSeparatorsQuotesAndLines() throws {
    let table = try DelimitedTable(
      "name,loss\n\"a,\"\"b\"\"\r\nc\",2.5\nπ,,\n".utf8.dropLast(2) + Array("\n".utf8),
      file: "t.csv")
    #expect(table.rows[0][0].text == "a,\"b\"\r\nc")
    #expect(table.rows[0][1].text == "2.5")
    // The second line of the table ends in its third.
    #expect(table.rows[0][1].line == 3)
    #expect(table.rows[0][1].column == 4)
    #expect(table.rows[1][0].line == 4)
    #expect(table.rows[1][1].column == 3)
  }

  @Test(arguments: [
    ("", "t.csv: error: the table is empty"),
    ("\n\r\n", "t.csv: error: the table is empty"),
    ("N,D\n", "t.csv: error: the table has a header and no rows"),
    ("N,D,N\n1,2,3\n", "t.csv:1:5: error: columns 1 and 3 are both called 'N'"),
    ("N,D\n1,2\n1,2,3\n", "t.csv:3:3: error: this row has 3 cells and the header has 2"),
    ("N,D\n1\n", "t.csv:2:1: error: this row has 1 cells and the header has 2"),
    ("N,D\n1,\"2\n", "t.csv:2:3: error: the quote that opens here is never closed"),
    ("N,D\n1,\"2\"3\n", "t.csv:2:6: error: after the closing quote the cell goes on"),
    ("N,D\n1,\0\n", "t.csv: error: this is no text in UTF-8"),
  ])
  func aDamagedTableIsRefusedAtItsPlace(_ text: String, _ words: String) throws {
    let error = try #require(throws: ScalingLawError.self) {
      try DelimitedTable(text.utf8, file: "t.csv")
    }
    #expect(error.code == .invalidTable)
    #expect("\(error)".hasPrefix(words), "\(error)")
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    #expect(throws: ScalingLawError.self) {
      try DelimitedTable([0x4E, 0x2C, 0xFF, 0xFE, 0x0A, 0x31, 0x2C, 0x32], file: "t.csv")
    }
  }

  @Test func aMistypedColumnIsSuggested() throws {
    let table = try DelimitedTable("tokens,params,loss_c4_val\n1,2,3\n".utf8, file: "t.csv")
    #expect(try table.column("params") == 1)
    for (name, words) in [
      ("loss_c4_vall", "did you mean 'loss_c4_val'?"), ("Tokens", "did you mean 'tokens'?"),
      ("learning_rate", "'learning_rate'. The columns are tokens, params, loss_c4_val"),
    ] {
      let error = try #require(throws: ScalingLawError.self) { try table.column(name) }
      #expect(error.code == .invalidSelection)
      #expect(error.message.contains(words), "\(error)")
    }
  }

  /// Any bytes are either a table of as many cells in each row as in the header, or an error.
  @Test(arguments: Seed.first(200))
  func randomBytesNeverCrash(_ seed: Seed) throws {
    var random = SplitMix(seed)
    let alphabet = Array("N,\"\n\r;\t1.e-π\0".utf8)
    let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
      alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
    }
    do {
      let table = try DelimitedTable(bytes, file: "t.csv")
      for row in table.rows { #expect(row.count == table.header.count) }
    } catch {
      #expect(error.code == .invalidTable)
    }
  }
}
