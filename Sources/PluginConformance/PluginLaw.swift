package import Graphs
package import PluginSDK

/// A promise that every plugin of a kind keeps, and how to find out whether one does.
package struct PluginLaw: Sendable {
  /// The kind that it binds; nil for all kinds.
  package let kind: PluginKind?
  /// The name, which never changes: `tokenizer.round-trip`.
  package let name: String
  /// What is promised, in one sentence.
  package let sentence: String
  /// Where the law is written down, as `file:line`.
  package let source: String
  private let check: @Sendable (PluginUnderTest, LawSettings) throws -> LawOutcome

  init(
    _ kind: PluginKind?, _ name: String, _ sentence: String, source: String,
    check: @escaping @Sendable (PluginUnderTest, LawSettings) throws -> LawOutcome
  ) {
    self.kind = kind
    self.name = "\(kind?.name ?? "plugin").\(name)"
    self.sentence = sentence
    self.source = source
    self.check = check
  }

  /// Finds out whether a plugin keeps the law.
  ///
  /// - Precondition: The law binds the plugin's kind.
  package func finding(on plugin: PluginUnderTest, _ settings: LawSettings) -> LawFinding {
    precondition(kind == nil || kind == plugin.kind, "\(name) does not bind a \(plugin.kind.name)")
    do {
      switch try check(plugin, settings) {
      case .kept(let seen): return finding(.kept, seen)
      case .inapplicable(let reason): return finding(.inapplicable, reason)
      }
    } catch let breach as Breach {
      return finding(.broken, breach.message)
    } catch {
      return finding(.broken, "failed where it must not: \(error)")
    }
  }

  /// A finding on this law.
  package func finding(_ verdict: LawVerdict, _ seen: String) -> LawFinding {
    LawFinding(law: name, sentence: sentence, source: source, verdict: verdict, seen: seen)
  }
}

/// What a plugin was seen to do with a law.
package enum LawVerdict: String, Hashable, Sendable, Codable, CaseIterable {
  case kept
  /// The law asks for something that the plugin need not have.
  case inapplicable = "does not apply"
  case broken
  /// A signal ended the process that the plugin ran in.
  case crashed
  /// The plugin ended the process.
  case exited
  /// There was no answer within the time allowed.
  case hung
  /// The process took more memory than allowed.
  case tookTooMuchMemory = "took too much memory"
  /// The plugin could not be brought so far.
  case notRun = "not run"

  /// Whether nothing is to be held against the plugin.
  package var isGood: Bool { self == .kept || self == .inapplicable }
}

/// What was found out about one law.
package struct LawFinding: Hashable, Sendable, Codable {
  package var law: String
  package var sentence: String
  /// Where the law is written down, as `file:line`.
  package var source: String
  package var verdict: LawVerdict
  /// What was seen: how much was tried, or the case that breaks the law.
  package var seen: String

  package init(law: String, sentence: String, source: String, verdict: LawVerdict, seen: String) {
    self.law = law
    self.sentence = sentence
    self.source = source
    self.verdict = verdict
    self.seen = seen
  }
}

/// Fits a law: takes a value for each variable at each point and the loss there, gives a number for
/// each parameter.
package typealias LawFit =
  @Sendable (_ law: any ScalingLaw, _ columns: [[Double]], _ losses: [Double]) throws -> [Double]

/// What a check depends on beside the plugin.
package struct LawSettings: Sendable {
  /// Every number that a law draws follows from it.
  package var seed: UInt64
  /// The options that the plugin is to have; those that it needs beside are made up.
  package var options: OptionValues
  /// What runs graphs.
  package var engine: any Engine
  /// What fits scaling laws.
  package var fit: LawFit

  package init(seed: UInt64, options: OptionValues, engine: any Engine, fit: @escaping LawFit) {
    self.seed = seed
    self.options = options
    self.engine = engine
    self.fit = fit
  }
}

/// What a law says of a plugin that does not break it.
enum LawOutcome {
  /// Kept, with how much was tried.
  case kept(String)
  /// Nothing to hold the plugin to, with the reason.
  case inapplicable(String)
}

/// A law that is broken, with the case that breaks it.
struct Breach: Error, CustomStringConvertible {
  let message: String
  var description: String { message }

  init(_ message: String) { self.message = message }
}

/// Breaks the law unless something holds.
func require(_ isTrue: Bool, _ message: @autoclosure () -> String) throws(Breach) {
  if !isTrue { throw Breach(message()) }
}

/// Runs a call that must be refused.
///
/// - Returns: The refusal.
/// - Throws: ``Breach`` if the call succeeds, or refuses without a word.
@discardableResult
func refusal<Result>(
  of what: String, _ call: () throws(PluginError) -> Result
) throws(Breach) -> PluginError {
  do throws(PluginError) {
    _ = try call()
  } catch {
    try requireWords(error, on: what)
    return error
  }
  throw Breach("\(what) was not refused")
}

/// Breaks the law if an error does not say what is wrong.
func requireWords(_ error: PluginError, on what: String) throws(Breach) {
  let isEmpty = error.message.allSatisfy(\.isWhitespace)
  try require(
    !isEmpty && !error.gaveNoReason,
    "\(what) was refused with the status '\(error.status)' and no message")
}
