import ArgumentParser
import CPUEngine
import Foundation
import Logging
import PluginConformance
import PluginHost
import PluginSDK
import ScalingLaws

extension PluginsCommand {
  /// The process of one law, which `cpt-host plugins check` starts; not for people.
  struct CheckLaw: ParsableCommand {
    static let name = "check-law"
    static let configuration = CommandConfiguration(
      commandName: name, abstract: "Check one law and write the finding to a descriptor.",
      shouldDisplay: false)

    @Argument var file: String
    @Option var law: String
    @Option var host: CheckHost
    @OptionGroup var settings: CheckSettings

    /// The arguments that check a law under a host.
    static func arguments(
      law: String, host: CheckHost, _ settings: CheckSettings
    ) -> [String] {
      ["--law", law, "--host", host.rawValue] + settings.arguments
    }

    func run() throws {
      guard fcntl(LawProcess.replyDescriptor, F_GETFD) != -1 else {
        throw ValidationError("this is started by 'cpt-host plugins check', which gives it a reply")
      }
      limitResources()
      let reply = try JSONEncoder().encode(try self.reply())
      let descriptor = FileHandle(fileDescriptor: LawProcess.replyDescriptor)
      try descriptor.write(contentsOf: reply)
    }

    private func reply() throws -> LawReply {
      let file = try PluginFile(libraryOrManifest: file)
      guard let law = PluginLaw.all(of: file.identity.kind).first(where: { $0.name == law }) else {
        return .wrongUsage("there is no law '\(law)'")
      }
      let plugin: PluginUnderTest
      do throws(PluginHostError) {
        plugin = try load(file)
      } catch {
        return .finding(law.finding(.broken, error.message))
      }
      let options: OptionValues
      do {
        options = try OptionValues(settings.set, declared: plugin.options)
      } catch let error as ValidationError {
        return .wrongUsage(error.message)
      }
      let settings = LawSettings(
        seed: settings.seed, options: options,
        engine: try CPUEngine(threads: 2, environment: ProcessInfo.processInfo.environment),
        fit: Self.fit)
      return .finding(law.finding(on: plugin, settings))
    }

    private func load(_ file: PluginFile) throws(PluginHostError) -> PluginUnderTest {
      let registry = PluginRegistry(
        PluginSearchPath(file: file),
        environment: HostEnvironment(
          logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() },
          hosting: .check(isMinimal: host == .minimal)))
      let name = file.identity.name
      switch file.identity.kind {
      case .tokenizer: return .tokenizer(try registry.tokenizer(named: name))
      case .architecture: return .architecture(try registry.architecture(named: name))
      case .optimizer: return .optimizer(try registry.optimizer(named: name))
      case .dataMixer: return .dataMixer(try registry.dataMixer(named: name))
      case .scalingLaw: return .scalingLaw(try registry.scalingLaw(named: name))
      case .schedule: preconditionFailure("no laws bind a schedule")
      }
    }

    /// Fits a law as a study would.
    static func fit(
      _ law: any ScalingLaw, _ columns: [[Double]], _ losses: [Double]
    ) throws -> [Double] {
      let columns = Dictionary(zip(law.variables, columns)) { $1 }
      return try LawFitter(law: law).fit(Observations(columns: columns, losses: losses)).theta
    }

    /// Sees to it that this process ends, whatever becomes of its parent, and takes no more than its
    /// share: the parent looks at the memory it holds, and what goes far beyond at once is refused.
    private func limitResources() {
      let memory = UInt(settings.memoryMebibytes) << 20
      limit(RLIMIT_DATA, memory + memory / 4)
      limit(RLIMIT_FSIZE, 64 << 20)
      limit(RLIMIT_CORE, 0)
      alarm(UInt32(settings.timeout) + 10)
    }

    private func limit(_ resource: __rlimit_resource, _ value: UInt) {
      var limit = rlimit(rlim_cur: value, rlim_max: value)
      unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
  }
}
