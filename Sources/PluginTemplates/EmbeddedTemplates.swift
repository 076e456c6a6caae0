import CPluginTemplates

/// The template files that this program carries.
enum EmbeddedTemplates {
  /// By path, as `templates.c` lists them.
  static let texts: [String: String] = {
    var texts: [String: String] = [:]
    var count = 0
    guard let rows = unsafe cpt_templates(&count) else { return texts }
    for index in 0..<count {
      let row = unsafe rows[index]
      texts[unsafe String(cString: row.path)] = unsafe String(cString: row.text)
    }
    return texts
  }()

  /// The text of one template.
  ///
  /// - Precondition: There is such a template.
  static func text(_ path: String) -> String {
    guard let text = texts[path] else { preconditionFailure("there is no template '\(path)'") }
    return text
  }

  /// The paths of the headers of the plugin ABI.
  static var headers: [String] { texts.keys.filter { $0.hasPrefix("include/") }.sorted() }
}
