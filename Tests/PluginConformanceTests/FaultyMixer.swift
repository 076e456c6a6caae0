import Foundation
import PluginBridges
import PluginConformance
import PluginSDK
import Synchronization

/// A mixture of what its options name, in equal parts, with a fault.
final class FaultyMixer: DataMixer {
  enum Fault: CaseIterable, Sendable {
    case none, takesNothing, oversubscribes, alternates, invents, leavesOneOut, snowballs
    case knowsItsThread, leaks, checksNothing
    case oddName, noHelp, unlikelyDefault, noChoices
  }

  let sources: [String]
  private let fault: Fault
  private let calls = Counter()
  private let thread = pthread_self()
  private let kept = Mutex<[[UInt8]]>([])

  init(fault: Fault, sources: [String]) {
    self.fault = fault
    self.sources = sources
  }

  func weights(at progress: MixingProgress) -> [Double] {
    let count = Double(sources.count)
    var weights = sources.map { _ in 1 / count }
    switch fault {
    case .oversubscribes where progress.fraction > 0.5: weights[0] += 0.1
    case .alternates where calls.next() % 2 == 1: weights = oneSided
    case .knowsItsThread where pthread_equal(pthread_self(), thread) == 0: weights = oneSided
    case .snowballs:
      // Pólya's urn: what was drawn is drawn more often.
      let total = Double(progress.tokensDrawn) + 128 * count
      weights = progress.sourceTokensDrawn.map { (Double($0) + 128) / total }
    case .leaks: kept.withLock { $0.append(Array(repeating: 1, count: 5000)) }
    default: break
    }
    return weights
  }

  private var oneSided: [Double] { sources.indices.map { $0 == 0 ? 1 : 0 } }
}

/// Makes mixers with a fault.
struct FaultyMixerFactory: DataMixerFactory {
  let fault: FaultyMixer.Fault
  let identity = PluginIdentity.direct("faulty-mixer", .dataMixer)

  var options: [OptionDeclaration] {
    let mixture = OptionDeclaration("mixture", .shares(0...1), .required, help: "What to mix.")
    switch fault {
    case .oddName: return [mixture, OptionDeclaration("Odd-Name", .text, .optional, help: "Odd.")]
    case .noHelp: return [mixture, OptionDeclaration("silent", .text, .optional, help: " ")]
    case .unlikelyDefault:
      return [
        mixture, OptionDeclaration("part", .real(0...1), .defaulted(.real(2)), help: "A part."),
      ]
    case .noChoices:
      return [mixture, OptionDeclaration("mode", .choice([]), .optional, help: "A mode.")]
    default: return [mixture]
    }
  }

  func make(options: OptionValues) throws(PluginError) -> any DataMixer {
    if fault == .takesNothing { throw PluginError(.invalidArgument, "not on a Wednesday") }
    let options = fault == .checksNothing ? options : try options.completed(by: self.options)
    var sources = (options.shares("mixture") ?? []).map(\.corpus)
    if fault == .invents || sources.isEmpty { sources.append("english") }
    if fault == .leavesOneOut { sources.removeLast() }
    return FaultyMixer(fault: fault, sources: sources)
  }

  private static func broken(
    _ law: String, by fault: FaultyMixer.Fault, mentions mention: String
  ) -> LawCase {
    LawCase(law, "\(fault)", .dataMixer(Self(fault: fault)), mentions: mention)
  }

  static let cases = [
    broken("plugin.options-declared", by: .oddName, mentions: "'Odd-Name'"),
    broken("plugin.options-declared", by: .noHelp, mentions: "the help of 'silent'"),
    broken("plugin.options-declared", by: .unlikelyDefault, mentions: "'part' is 2.0"),
    broken("plugin.options-declared", by: .noChoices, mentions: "the choices of 'mode'"),
    broken("plugin.options-checked", by: .checksNothing, mentions: "was not refused"),
    broken("plugin.threads", by: .knowsItsThread, mentions: "from 4 threads at once"),
    broken("plugin.memory", by: .leaks, mentions: "that did not come back"),
    broken("data-mixer.weights", by: .oversubscribes, mentions: "the weights of corpus-1"),
    broken("data-mixer.pure", by: .alternates, mentions: "and later"),
    broken("data-mixer.pure", by: .knowsItsThread, mentions: "two threads at once"),
    broken("data-mixer.sources", by: .invents, mentions: "draws from 'english'"),
    broken("data-mixer.sources", by: .leavesOneOut, mentions: "it does not draw from it"),
    broken("data-mixer.converges", by: .snowballs, mentions: "another with"),
  ]
}
