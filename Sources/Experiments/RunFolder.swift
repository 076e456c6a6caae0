import Foundation
import Training

/// The folder of one run: what it is, what it did, how it ended.
struct RunFolder {
  let path: String

  /// How a run ended.
  struct ExitRecord: Codable {
    var status: String
    /// Why it did not finish; nil if it did.
    var message: String?
    var host: String
    var engine: String
    var endedAt: Date
  }

  /// Makes the folder of a run, or opens it again.
  init(_ workspace: Workspace, id: String, identity: Data, pipeline: String) throws {
    path = workspace.run(id)
    try Workspace.makeFolder(path)
    try Workspace.write(identity, to: "\(path)/identity.json")
    try Workspace.write(Data(pipeline.utf8), to: "\(path)/pipeline.yaml")
    try? FileManager.default.removeItem(atPath: exitRecord)
  }

  var checkpoints: String { "\(path)/checkpoints" }

  private var exitRecord: String { "\(path)/exit.json" }

  /// Adds a line to the log.
  func log(_ line: String) {
    let file = "\(path)/log.txt"
    if !FileManager.default.fileExists(atPath: file) {
      _ = FileManager.default.createFile(atPath: file, contents: nil)
    }
    guard let handle = FileHandle(forWritingAtPath: file) else { return }
    defer { try? handle.close() }
    let time = Date().formatted(.iso8601)
    // A log that cannot be written must not end a run.
    _ = try? handle.seekToEnd()
    try? handle.write(contentsOf: Data("\(time) \(line)\n".utf8))
  }

  /// Logs an evaluation.
  func log(_ evaluation: Evaluation) {
    log(
      "step \(evaluation.step): loss on \(evaluation.corpus) \(evaluation.result.loss) "
        + "± \(evaluation.result.standardError) nats a token, "
        + "\(evaluation.result.bitsPerByte) bits a byte, \(evaluation.result.tokens) tokens")
  }

  /// Writes how the run ended.
  func end(
    _ status: RunDatabase.Status, message: String?, environment: EnvironmentRecord
  ) throws {
    log(message.map { "\(status.rawValue): \($0)" } ?? status.rawValue)
    let record = ExitRecord(
      status: status.rawValue, message: message, host: environment.hostVersion,
      engine: environment.engine, endedAt: Date())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    try Workspace.write(try encoder.encode(record), to: exitRecord)
  }
}
