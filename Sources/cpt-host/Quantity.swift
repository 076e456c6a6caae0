import Foundation

/// Numbers as people read them.
enum Quantity {
  /// A count with a suffix: `1.2M`.
  static func count(_ value: Int) -> String {
    scaled(Double(value), by: 1000, suffixes: ["", "k", "M", "B", "T"])
  }

  /// An amount of memory or disk: `1.5 MiB`.
  static func bytes(_ value: Int) -> String {
    scaled(Double(value), by: 1024, suffixes: [" B", " KiB", " MiB", " GiB", " TiB"])
  }

  /// Floating-point operations: `3.21e+12`.
  static func operations(_ value: Double) -> String { String(format: "%.2e", value) }

  /// A part of a whole: `64.2 %`.
  static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", fraction * 100) }

  /// A duration: `2 min 05 s`.
  static func seconds(_ value: Double) -> String {
    guard let whole = Int(exactly: value.rounded()) else { return "\(value) s" }
    if whole >= 3600 { return "\(whole / 3600) h \(String(format: "%02d", whole / 60 % 60)) min" }
    if whole >= 60 { return "\(whole / 60) min \(String(format: "%02d", whole % 60)) s" }
    return value < 10 ? String(format: "%.1f s", value) : "\(whole) s"
  }

  private static func scaled(_ value: Double, by base: Double, suffixes: [String]) -> String {
    var value = value
    var step = 0
    while abs(value) >= base && step < suffixes.count - 1 {
      value /= base
      step += 1
    }
    let digits = step == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
    return String(format: "%.\(digits)f", value) + suffixes[step]
  }
}
