import OrderedCollections
import PluginSDK

extension PipelineReader {
  /// The section `optimizer`.
  func readOptimizer() -> OptimizerDeclaration? {
    let keys = SectionKeys.optimizer
    guard let field = root.required("optimizer", "a plugin and a learning rate"),
      let section = Section(field, expected: "the keys \(listed(keys)) and the plugin's options")
    else { return nil }
    let use = readPlugin(section, of: .optimizer, keys: keys)
    let rate = section.required("learning_rate", "the peak learning rate, as 2e-3")
      .flatMap { $0.real(in: .positive, percentages: false) }
    let schedule = readSchedule(section, inherited: nil)
    let clip = readClip(section, inherited: PipelineDefaults.clip)
    guard let use, let rate, let schedule, let clip,
      let branches = readBranches(section, of: schedule.shape, inherited: false)
    else { return nil }
    return OptimizerDeclaration(
      use: use, learningRate: rate, schedule: schedule, branches: branches, clip: clip.norm)
  }

  /// The mapping `optimizer` of a stage: what it says otherwise than the pipeline's.
  ///
  /// Where it gives another schedule, those parts of the inherited one that the new shape does not
  /// have are left out.
  ///
  /// - Parameters:
  ///   - field: The mapping.
  ///   - base: The pipeline's optimizer; nil if it is wrong, and only the keys are checked.
  /// - Returns: The stage's optimizer; nil if anything is wrong, which is reported.
  func readStageOptimizer(_ field: Field, base: OptimizerDeclaration?) -> OptimizerDeclaration? {
    let keys = SectionKeys.optimizer.filter { $0 != "plugin" }
    guard
      let section = Section(field, expected: "the keys \(listed(keys)) and the plugin's options")
    else { return nil }
    if let plugin = section["plugin"] {
      findings.report(
        "a stage keeps the optimizer plugin of the pipeline; remove the key",
        at: plugin.keyPosition, path: plugin.path)
    }
    var rate = base?.learningRate
    if let field = section["learning_rate"] {
      rate = field.real(in: .positive, percentages: false)
    }
    let schedule = readSchedule(section, inherited: base?.schedule)
    let clip = readClip(section, inherited: base.map(\.clip) ?? PipelineDefaults.clip)
    guard let base,
      let declarations = declarations(of: .optimizer, named: base.use.plugin, at: field)
    else {
      section.refuseMistyped(keys)
      return nil
    }
    let before = findings.count
    let free = declarations.filter { !SectionKeys.optimizer.contains($0.name) }
    let options = reader(of: .optimizer, named: base.use.plugin, declarations: free).read(
      section.fields.filter { !SectionKeys.optimizer.contains($0.key) },
      place: (section.position, section.path), inherited: base.use.options)
    var known = section
    known.fields["plugin"] = nil
    known.refuseUnknown(
      allowed: [("keys", keys), ("options of \(base.use.plugin)", free.map(\.name))])
    guard findings.count == before, let rate, let schedule, let clip,
      let branches = readBranches(section, of: schedule.shape, inherited: base.branches)
    else { return nil }
    return OptimizerDeclaration(
      use: PluginUse(plugin: base.use.plugin, options: options), learningRate: rate,
      schedule: schedule, branches: branches, clip: clip.norm)
  }

  /// The schedule, whether as one word with keys beside it or as a mapping.
  private func readSchedule(
    _ section: Section, inherited: ScheduleDeclaration?
  ) -> ScheduleDeclaration? {
    let before = findings.count
    guard let parts = scheduleParts(section) else { return nil }
    var shape = inherited?.shape ?? PipelineDefaults.schedule
    if let field = parts["shape"] {
      guard let written = readShape(field) else { return nil }
      shape = written
    }
    var function: String?
    if let field = parts["function"] {
      guard let name = readScheduleFunction(field, beside: parts["shape"]) else { return nil }
      (shape, function) = (.function, name)
    } else if shape == .function {
      function = inherited?.function
    }
    var warmup = inherited?.warmup ?? PipelineDefaults.warmup
    if let field = parts["warmup"], let written = field.fraction(in: .unit) { warmup = written }
    let decay = readDecay(parts["decay"], of: shape, inherited: inherited)
    let final = readFinal(parts["final"], of: shape, inherited: inherited)
    guard findings.count == before, let decay, let final else { return nil }
    let isTooLong = warmup + decay > 1 + 1e-9
    if isTooLong, let field = parts["decay"] ?? parts["warmup"] ?? parts["shape"] {
      field.report(
        "the warm-up (\(warmup) of the steps) and the decay (\(decay)) together take more than the "
          + "whole stage; lower one of them")
      return nil
    }
    return ScheduleDeclaration(
      shape: shape, warmup: warmup, decay: decay, finalFraction: final, function: function)
  }

  /// A shape by its word; a function has none, but a name.
  private func readShape(_ field: Field) -> ScheduleShape? {
    if field.node.text == ScheduleShape.function.rawValue {
      field.report("which function is not said; write schedule: { function: NAME }")
      return nil
    }
    let words = ScheduleShape.allCases.filter { $0 != .function }.map(\.rawValue)
    return field.word(of: words).flatMap { ScheduleShape(rawValue: $0) }
  }

  /// The name of a schedule function that is there and passes its self-tests.
  private func readScheduleFunction(_ field: Field, beside shape: Field?) -> String? {
    if let shape {
      findings.report(
        "a schedule has a shape or is a function; keep one", at: shape.keyPosition, path: shape.path
      )
    }
    guard let name = field.text(expected: "the name of a schedule function"),
      declarations(of: .schedule, named: name, at: field) != nil, shape == nil
    else { return nil }
    return name
  }

  /// The fields of a schedule by the keys of its mapping form; nil if it is written in two ways.
  private func scheduleParts(_ section: Section) -> [String: Field]? {
    var parts: [String: Field] = [:]
    for key in ["warmup", "decay", "final", "branches"] { parts[key] = section[key] }
    guard let field = section["schedule"] else { return parts }
    guard case .mapping = field.node.content else {
      parts["shape"] = field
      return parts
    }
    guard let schedule = Section(field, expected: listed(SectionKeys.schedule)) else { return nil }
    schedule.refuseUnknown(allowed: [("keys", SectionKeys.schedule)])
    var isSound = true
    for (key, inner) in schedule.fields where SectionKeys.schedule.contains(key) {
      if let outer = parts[key] {
        findings.report(
          "'\(key)' stands here and also in '\(field.path)'; keep one", at: outer.keyPosition,
          path: outer.path)
        isSound = false
      }
      parts[key] = inner
    }
    return isSound ? parts : nil
  }

  /// Whether shorter runs branch off the longest; nil if it is wrong.
  private func readBranches(
    _ section: Section, of shape: ScheduleShape, inherited: Bool
  ) -> Bool? {
    guard let field = scheduleParts(section)?["branches"] else {
      return inherited && shape == .warmupStableDecay
    }
    guard let branches = field.boolean() else { return nil }
    guard branches, shape != .warmupStableDecay else { return branches }
    findings.report(
      "the runs of the schedule '\(shape.rawValue)' have no part in common that is not annealed; "
        + "remove the key, or write the schedule wsd",
      at: field.keyPosition, path: field.path)
    return nil
  }

  private func readDecay(
    _ field: Field?, of shape: ScheduleShape, inherited: ScheduleDeclaration?
  ) -> Double? {
    guard shape == .warmupStableDecay else {
      guard let field else { return 0 }
      findings.report(
        "the schedule '\(shape.rawValue)' has no decay of its own; remove the key, or write the "
          + "schedule wsd",
        at: field.keyPosition, path: field.path)
      return nil
    }
    if let field { return field.fraction(in: .unit) }
    return inherited?.shape == shape ? inherited?.decay : PipelineDefaults.decay
  }

  private func readFinal(
    _ field: Field?, of shape: ScheduleShape, inherited: ScheduleDeclaration?
  ) -> Double? {
    guard shape != .constant, shape != .function else {
      guard let field else { return PipelineDefaults.finalFraction(of: shape) }
      findings.report(
        shape == .function
          ? "a function gives the last rate itself; remove the key"
          : "the schedule 'constant' ends at its peak; remove the key, or write the schedule "
            + "cosine, linear or wsd",
        at: field.keyPosition, path: field.path)
      return nil
    }
    if let field { return field.fraction(in: .unit) }
    return inherited?.shape == shape
      ? inherited?.finalFraction : PipelineDefaults.finalFraction(of: shape)
  }

  /// The key `clip`; nil if it is wrong.
  private func readClip(_ section: Section, inherited: Double?) -> Clipping? {
    guard let field = section["clip"] else { return Clipping(norm: inherited) }
    if field.node.plainText == "none" { return Clipping(norm: nil) }
    guard let number = field.node.plainText.flatMap(NumberText.init), number.unit.isEmpty,
      let norm = number.real(timesTenTo: 0), RealRange.positive.contains(norm)
    else {
      field.reportMismatch(expected: "a number above 0, as 1.0, or none")
      return nil
    }
    return Clipping(norm: norm)
  }
}

/// How gradients are clipped: to a norm, or not at all.
private struct Clipping {
  var norm: Double?
}
