import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A plugin that was built against older headers works with all that it has.
struct OlderPluginTests {
  private static func table() -> cpt_scaling_law_table {
    unsafe cpt_scaling_law_table(
      struct_size: MemoryLayout<cpt_scaling_law_table>.size,
      create: { _, instance, _ in
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      variable_count: { _ in 1 }, variable: { _, _ in unsafe text("D") },
      parameter_count: { _ in 1 },
      parameter: { _, _, parameter, _ in
        unsafe parameter?.pointee = cpt_law_parameter(
          struct_size: MemoryLayout<cpt_law_parameter>.size, name: text("E"),
          role: UInt32(CPT_LAW_COEFFICIENT), lower: 0, upper: 9, unit: text("nats"))
        return cpt_status(CPT_OK)
      },
      evaluate: { _, theta, columns, count, losses, gradients, _ in
        for index in 0..<count {
          unsafe losses?[index] = (theta?[0] ?? 0) + (columns?[0]?[index] ?? 0)
          unsafe gradients?[index] = 1
        }
        return cpt_status(CPT_OK)
      },
      optimum: nil, destroy: { _ in })
  }

  @Test func absentOptionalFunctionMeansNoClosedForm() throws {
    let law = try LoadedScalingLawFactory(HandMadePlugin(.scalingLaw, Self.table()).load())
      .make(options: OptionValues())
    #expect(try law.optimum([1], compute: 6) == nil)
    #expect(
      try law.predict([1], at: [[2, 3]], wantsGradients: true)
        == LawPrediction(losses: [3, 4], gradients: [1, 1]))
  }

  @Test(arguments: [-1.0, 0, .nan, .infinity])
  func optimumThatIsNoSizeIsRefused(value: Double) throws {
    var table = Self.table()
    unsafe table.optimum = { _, theta, _, parameters, tokens, _ in
      unsafe parameters?.pointee = theta?[0] ?? 0
      unsafe tokens?.pointee = 1
      return cpt_status(CPT_OK)
    }
    let law = try LoadedScalingLawFactory(HandMadePlugin(.scalingLaw, table).load())
      .make(options: OptionValues())
    #expect(throws: PluginError.self) { try law.optimum([value], compute: 6) }
  }

  @Test func parameterWithBrokenBoundsIsNamed() throws {
    var table = Self.table()
    unsafe table.parameter = { _, _, parameter, _ in
      unsafe parameter?.pointee = cpt_law_parameter(
        struct_size: MemoryLayout<cpt_law_parameter>.size, name: text("alpha"),
        role: UInt32(CPT_LAW_EXPONENT), lower: .nan, upper: 1, unit: text("1"))
      return cpt_status(CPT_OK)
    }
    let error = #expect(throws: PluginError.self) {
      try LoadedScalingLawFactory(HandMadePlugin(.scalingLaw, table).load())
        .make(options: OptionValues())
    }
    #expect(
      try #require(error).description
        == "plugin 'hand-made': parameter 'alpha' has the bounds nan to 1.0")
  }
}
