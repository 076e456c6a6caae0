import GRDB

extension RunDatabase {
  /// What a failure on the database means for its user.
  static func failure(_ path: String, _ error: any Error) -> ExperimentError {
    let refusal = error as? DatabaseError
    let words = refusal.map { $0.message ?? "\($0.resultCode)" } ?? "\(error)"
    return ExperimentError(
      .workspace,
      "the run database '\(path)' cannot be used: \(words); \(remedy(refusal?.resultCode))")
  }

  private static func remedy(_ code: ResultCode?) -> String {
    switch code {
    case ResultCode.SQLITE_FULL:
      "make room on that disk and run the same command again; finished runs are kept"
    case ResultCode.SQLITE_READONLY, ResultCode.SQLITE_CANTOPEN, ResultCode.SQLITE_PERM,
      ResultCode.SQLITE_IOERR:
      "check the rights and the space on that disk, and that the path is that of a file"
    case ResultCode.SQLITE_BUSY, ResultCode.SQLITE_LOCKED:
      "another program has it open; wait until that has ended"
    default:
      "if it is damaged, move it away and run again: finished runs are found by their checkpoints"
    }
  }
}
