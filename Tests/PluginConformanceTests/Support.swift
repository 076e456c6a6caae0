import CPUEngine
import PluginConformance
import PluginSDK
import ScalingLaws
import Synchronization

/// A law with a plugin that is held to it.
struct LawCase: Sendable, CustomStringConvertible {
  let law: String
  /// What the plugin does.
  let plugin: String
  let subject: PluginUnderTest
  /// What the finding must mention.
  let mention: String

  var description: String { "\(law): \(plugin)" }

  init(_ law: String, _ plugin: String, _ subject: PluginUnderTest, mentions mention: String) {
    self.law = law
    self.plugin = plugin
    self.subject = subject
    self.mention = mention
  }
}

/// What the laws of a test depend on.
func settings(seed: UInt64 = 1, options: OptionValues = OptionValues()) -> LawSettings {
  LawSettings(
    seed: seed, options: options, engine: CPUEngine(threads: 2),
    fit: { law, columns, losses in
      let columns = Dictionary(zip(law.variables, columns)) { $1 }
      return try LawFitter(law: law).fit(Observations(columns: columns, losses: losses)).theta
    })
}

/// Counts calls, from any thread.
final class Counter: Sendable {
  private let count = Atomic(0)

  /// The number of calls before this one.
  func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
