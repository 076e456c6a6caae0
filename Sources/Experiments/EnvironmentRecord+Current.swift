import Foundation

extension EnvironmentRecord {
  /// This machine and this build.
  ///
  /// - Parameters:
  ///   - hostVersion: The version of cpt-host.
  ///   - engine: The engine's own line.
  /// - Returns: The record; what cannot be found out is said to be unknown.
  package static func current(hostVersion: String, engine: String) -> EnvironmentRecord {
    EnvironmentRecord(
      hostVersion: hostVersion, operatingSystem: operatingSystem, processor: processor,
      engine: engine, swiftVersion: swiftVersion)
  }

  private static var operatingSystem: String {
    value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=")
      ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  private static var processor: String {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let model = value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown processor"
    return "\(model), \(cores) \(cores == 1 ? "core" : "cores")"
  }

  /// The compiler that built this, as far as the language tells.
  private static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2 or earlier"
    #endif
  }

  /// The first value of a key in a file of lines.
  private static func value(
    of key: String, in file: String, separator: Character
  ) -> String? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1)
      if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key {
        return parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
      }
    }
    return nil
  }
}
