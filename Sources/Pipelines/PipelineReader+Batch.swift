extension PipelineReader {
  /// The section `batch`.
  ///
  /// A batch is cut into micro-batches of whole sequences.
  func readBatch(context: Int?) -> BatchDeclaration? {
    let keys = SectionKeys.batch
    guard let field = root.required("batch", "the tokens in a batch"),
      let section = Section(field, expected: "the keys \(listed(keys))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let tokensField = section.required("tokens", "the tokens in a batch, a multiple of the context")
    let tokens = tokensField.flatMap { $0.integer(in: 1...Int(Int32.max), of: " of tokens") }
    let micro = section["micro_batch"].flatMap {
      $0.integer(in: 1...Int(Int32.max), of: " of tokens")
    }
    guard let tokensField, let tokens, let context, section["micro_batch"] == nil || micro != nil,
      isWholeSequences(tokens, at: tokensField, context: context)
    else { return nil }
    var batch = BatchDeclaration(tokens: tokens)
    if let field = section["micro_batch"], let micro {
      guard isWholeSequences(micro, at: field, context: context),
        divides(micro, tokens, at: field, context: context)
      else { return nil }
      // The whole batch as one micro-batch is the batch at once.
      if micro < tokens { batch.microBatch = micro }
    }
    return batch
  }

  private func isWholeSequences(_ tokens: Int, at field: Field, context: Int) -> Bool {
    if tokens % context == 0 { return true }
    let below = tokens - tokens % context
    let near = below > 0 ? "\(below) or \(below + context)" : "\(context)"
    field.reportMismatch(
      expected: "a multiple of the context, \(context)", hint: "; write \(near)")
    return false
  }

  private func divides(_ micro: Int, _ tokens: Int, at field: Field, context: Int) -> Bool {
    if tokens % micro == 0 { return true }
    field.report(
      "found \(micro), but a batch of \(tokens) tokens is not a whole number of such micro-batches; "
        + "allowed are " + Self.list(divisorsOf: tokens / context, times: context))
    return false
  }

  /// The divisors of a number for a message, each times a factor; the smallest of them if they are
  /// many.
  private static func list(divisorsOf number: Int, times factor: Int) -> String {
    let divisors = (1...min(number, 64)).filter { number % $0 == 0 }.map { "\($0 * factor)" }
    return listed(divisors) + (number > 64 ? " and other divisors of \(number * factor)" : "")
  }
}
