import CPluginABI
package import PluginSDK

/// Functions of a plugin's table as a measurement calls them, each so many times in a row.
package struct TableCalls: Sendable {
  /// The function that does least, by its name in the ABI.
  package let function: String
  /// Calls it by its pointer and nothing else.
  package let byPointer: @Sendable (Int) -> Void
  /// Calls it as the host calls every function: in turn with others, on record, errors looked at.
  package let byBridge: @Sendable (Int) throws(PluginError) -> Void
  /// The least of what a run asks for, by pointers and nothing else.
  package let work: @Sendable (Int) -> Void
}

/// An instance that is called without a gate, on one thread.
@safe
private struct BareInstance: Sendable {
  let instance: LoadedInstance
  // Safe to share: the instance owns what it points to.
  nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

  init(_ instance: LoadedInstance) {
    self.instance = instance
    unsafe pointer = instance.pointer
  }
}

extension LoadedTokenizerFactory {
  /// The calls of a tokenizer: a question, and the encoding of one byte.
  ///
  /// - Throws: ``PluginError`` as loading a model does.
  package func tableCalls(
    model: [UInt8], options: OptionValues
  ) throws(PluginError) -> TableCalls {
    let table = table
    let bare = BareInstance(
      try unsafe LoadedInstance(plugin, "load", options, destroy: table.destroy) {
        options, instance, error in
        unsafe model.withUnsafeBufferPointer { model in
          unsafe table.load?(options, model.baseAddress, model.count, instance, error)
        }
      })
    return TableCalls(
      function: "vocabulary_size",
      byPointer: { count in
        for _ in 0..<count { _ = unsafe table.vocabulary_size?(bare.pointer) }
      },
      byBridge: { count throws(PluginError) in
        for _ in 0..<count {
          try bare.instance.concurrent { () throws(PluginError) in
            _ = calling("vocabulary_size") { unsafe table.vocabulary_size?(bare.pointer) }
          }
        }
      },
      work: { count in
        let text: [UInt8] = [UInt8(ascii: "e")]
        var ids = [TokenID](repeating: 0, count: CLimits.idsPerByte)
        unsafe ids.withUnsafeMutableBufferPointer { ids in
          for _ in 0..<count {
            var length = 0
            var error: UnsafeMutablePointer<cpt_error>?
            _ = unsafe table.encode?(
              bare.pointer, text, text.count, ids.baseAddress, ids.count, &length, &error)
            unsafe error.release()
          }
        }
      })
  }
}

extension LoadedScalingLawFactory {
  /// The calls of a law: a question, and one point without derivatives.
  ///
  /// - Parameters:
  ///   - theta: The parameters, as many as the law has.
  ///   - point: Each variable's value, as many as the law has.
  ///   - options: As for a law that is made.
  /// - Returns: The calls, into an instance of their own.
  /// - Throws: ``PluginError`` as making a law does.
  package func tableCalls(
    theta: [Double], point: [Double], options: OptionValues
  ) throws(PluginError) -> TableCalls {
    let table = table
    let bare = BareInstance(
      try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
        options, instance, error in unsafe table.create?(options, instance, error)
      })
    return TableCalls(
      function: "variable_count",
      byPointer: { count in
        for _ in 0..<count { _ = unsafe table.variable_count?(bare.pointer) }
      },
      byBridge: { count throws(PluginError) in
        for _ in 0..<count {
          try bare.instance.concurrent { () throws(PluginError) in
            _ = calling("variable_count") { unsafe table.variable_count?(bare.pointer) }
          }
        }
      },
      work: { count in
        unsafe point.withUnsafeBufferPointer { point in
          let columns = unsafe point.indices.map { column in
            unsafe point.baseAddress.map { unsafe $0 + column }
          }
          var loss = 0.0
          for _ in 0..<count {
            var error: UnsafeMutablePointer<cpt_error>?
            _ = unsafe table.evaluate?(bare.pointer, theta, columns, 1, &loss, nil, &error)
            unsafe error.release()
          }
        }
      })
  }
}

extension LoadedDataMixerFactory {
  /// The calls of a mixer: a question, and its weights.
  ///
  /// - Parameters:
  ///   - progress: Where the weights are asked for, with every source of the mixer.
  ///   - options: As for a mixer that is made.
  /// - Returns: The calls, into an instance of their own.
  /// - Throws: ``PluginError`` as making a mixer does.
  package func tableCalls(
    at progress: MixingProgress, options: OptionValues
  ) throws(PluginError) -> TableCalls {
    let table = table
    let bare = BareInstance(
      try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
        options, instance, error in unsafe table.create?(options, instance, error)
      })
    return TableCalls(
      function: "source_count",
      byPointer: { count in
        for _ in 0..<count { _ = unsafe table.source_count?(bare.pointer) }
      },
      byBridge: { count throws(PluginError) in
        for _ in 0..<count {
          try bare.instance.concurrent { () throws(PluginError) in
            _ = calling("source_count") { unsafe table.source_count?(bare.pointer) }
          }
        }
      },
      work: { count in
        let drawn = progress.sourceTokensDrawn.map { UInt64($0) }
        var weights = [Double](repeating: 0, count: drawn.count)
        unsafe drawn.withUnsafeBufferPointer { drawn in
          unsafe weights.withUnsafeMutableBufferPointer { weights in
            for _ in 0..<count {
              var exported = unsafe cpt_mixing_progress(
                struct_size: MemoryLayout<cpt_mixing_progress>.size,
                tokens_drawn: UInt64(progress.tokensDrawn),
                tokens_planned: UInt64(progress.tokensPlanned),
                source_tokens_drawn: drawn.baseAddress, source_count: drawn.count)
              var error: UnsafeMutablePointer<cpt_error>?
              _ = unsafe table.weights?(bare.pointer, &exported, weights.baseAddress, &error)
              unsafe error.release()
            }
          }
        }
      })
  }
}

extension LoadedArchitectureFactory {
  /// The calls of an architecture: its parameter count, twice.
  ///
  /// - Throws: ``PluginError`` as making an architecture does.
  package func tableCalls(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> TableCalls {
    let table = table
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    let bare = BareInstance(
      try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
        options, instance, error in
        unsafe table.create?(options, arena.dimensions(dimensions), instance, error)
      })
    let byPointer: @Sendable (Int) -> Void = { count in
      for _ in 0..<count {
        var parameters = cpt_parameter_count()
        parameters.struct_size = MemoryLayout<cpt_parameter_count>.size
        var error: UnsafeMutablePointer<cpt_error>?
        _ = unsafe table.parameter_count?(bare.pointer, &parameters, &error)
        unsafe error.release()
      }
    }
    return TableCalls(
      function: "parameter_count", byPointer: byPointer,
      byBridge: { count throws(PluginError) in
        for _ in 0..<count {
          try bare.instance.serial { () throws(PluginError) in
            var parameters = cpt_parameter_count()
            parameters.struct_size = MemoryLayout<cpt_parameter_count>.size
            try unsafe checked("parameter_count") { error in
              unsafe table.parameter_count?(bare.pointer, &parameters, error)
            }
          }
        }
      }, work: byPointer)
  }
}

extension LoadedOptimizerFactory {
  /// The calls of an optimizer: the number of a parameter's states, and what each of them is.
  ///
  /// - Throws: ``PluginError`` as making an optimizer does.
  package func tableCalls(
    for parameter: ParameterInfo, options: OptionValues
  ) throws(PluginError) -> TableCalls {
    let table = table
    let bare = BareInstance(
      try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
        options, instance, error in unsafe table.create?(options, instance, error)
      })
    let info = try LentInfo(parameter)
    return TableCalls(
      function: "state_count",
      byPointer: { count in
        for _ in 0..<count { _ = unsafe table.stateCount(bare.pointer, info.pointer) }
      },
      byBridge: { count throws(PluginError) in
        for _ in 0..<count {
          try bare.instance.serial { () throws(PluginError) in
            var states = 0
            try unsafe checked("state_count") { error in
              unsafe table.state_count?(bare.pointer, info.pointer, &states, error)
            }
          }
        }
      },
      work: { count in
        for _ in 0..<count {
          for index in 0..<(unsafe table.stateCount(bare.pointer, info.pointer)) {
            var state = unsafe cpt_optimizer_state()
            unsafe state.struct_size = MemoryLayout<cpt_optimizer_state>.size
            var error: UnsafeMutablePointer<cpt_error>?
            _ = unsafe table.state?(bare.pointer, info.pointer, index, &state, &error)
            unsafe error.release()
          }
        }
      })
  }
}

/// A parameter's facts for as long as somebody asks with them.
@safe
private final class LentInfo: Sendable {
  // Safe to share: never written after init.
  private nonisolated(unsafe) let arena = CArena()
  nonisolated(unsafe) let pointer: UnsafePointer<cpt_parameter_info>

  init(_ parameter: ParameterInfo) throws(PluginError) {
    let arena = unsafe self.arena
    unsafe pointer = try unsafe arena.info(parameter)
  }
}

extension cpt_optimizer_table {
  fileprivate func stateCount(
    _ instance: UnsafeMutableRawPointer, _ info: UnsafePointer<cpt_parameter_info>
  ) -> Int {
    var states = 0
    var error: UnsafeMutablePointer<cpt_error>?
    _ = unsafe state_count?(instance, info, &states, &error)
    unsafe error.release()
    return max(0, min(states, CLimits.elementCount))
  }
}

extension UnsafeMutablePointer<cpt_error>? {
  /// Gives back the object of a failure that a measurement does not look at.
  fileprivate func release() {
    guard let object = self else { return }
    unsafe object.pointee.release?(object)
  }
}
