import CPluginABI
import PluginSDK

extension CArena {
  /// Values as the C ABI carries them, in the order of their names.
  ///
  /// - Precondition: The values were checked against the declarations.
  func options(_ values: OptionValues, declared: [OptionDeclaration]) -> UnsafePointer<cpt_options>
  {
    let options = unsafe values.values.sorted { $0.key < $1.key }.map { name, value in
      guard let declaration = declared.first(where: { $0.name == name }) else {
        preconditionFailure("the option '\(name)' was not checked against its declaration")
      }
      return unsafe self.value(value, named: name, code: declaration.type.code)
    }
    return unsafe self.value(
      cpt_options(
        struct_size: MemoryLayout<cpt_options>.size, values: array(options), count: options.count,
        stride: MemoryLayout<cpt_option_value>.stride))
  }
}
