import Foundation
import Testing

/// Holds the article on the ABI to the headers.
@Suite struct ABIArticleTests {
  @Test func itsListsAreThoseOfTheHeaders() throws {
    let article = try String(contentsOf: ABIArticle.file, encoding: .utf8)
    let parts = article.components(separatedBy: ABIArticle.begin + "\n")
    try #require(parts.count == 2, "the article has no single line '\(ABIArticle.begin)'")
    let lists = "\n" + (try ABIArticle.lists())
    if ProcessInfo.processInfo.environment["CPT_WRITE_ABI_ARTICLE"] != nil {
      try Data((parts[0] + ABIArticle.begin + "\n" + lists).utf8).write(to: ABIArticle.file)
      return
    }
    #expect(
      parts[1] == lists,
      "the headers have changed: run the tests once with CPT_WRITE_ABI_ARTICLE=1")
  }

  @Test func everyFunctionOfATableHasAThreadClass() throws {
    for file in Repository.files(below: "Sources/CPluginABI/include/cpt", withExtensions: ["h"]) {
      let header = Header(
        name: file.lastPathComponent, text: try String(contentsOf: file, encoding: .utf8))
      for table in header.structs where table.name.contains("_table") {
        #expect(table.members.count > 3)
        for function in table.members where function.isFunction {
          #expect(function.threads != nil, "\(table.name): \(function.name)")
        }
      }
    }
  }
}
