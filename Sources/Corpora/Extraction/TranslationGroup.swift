/// What the files of all translations of one text have in common.
enum TranslationGroup {
  /// A path without the parts that name a language: `usr/share/man/zh_CN/man1/ls.1` and
  /// `usr/share/man/man1/ls.1` are of one group, and so are `guide.en.txt` and `guide.zh-cn.txt`.
  static func name(path: String) -> String {
    let components = path.split(separator: "/")
    let folders = components.dropLast().filter { !isLanguage($0) }
    let parts = (components.last ?? "").split(separator: ".", omittingEmptySubsequences: false)
    // The first part is a name even where it looks like a language: `ls.1`, `id.1`.
    let name = parts.enumerated().filter { $0.offset == 0 || !isLanguage($0.element) }
    return (folders + [name.map(\.element).joined(separator: ".")[...]]).joined(separator: "/")
  }

  private static func isLanguage(_ word: Substring) -> Bool {
    let parts = word.split(whereSeparator: { $0 == "_" || $0 == "-" })
    guard let first = parts.first, languages.contains(String(first)) else { return false }
    return parts.count == 1
      || (parts.count == 2 && (2...4).contains(parts[1].count) && parts[1].allSatisfy(\.isLetter))
  }

  /// ISO 639-1 codes of languages that Debian's documentation is translated to.
  private static let languages: Set<String> = [
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fr", "gl",
    "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "mk", "nb", "nl", "nn", "pl", "pt",
    "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
  ]
}
