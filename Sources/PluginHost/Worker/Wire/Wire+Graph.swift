import GraphLanguage
import PluginBridges
import PluginSDK

extension Shape: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(extents) }

  init(from reader: inout WireReader) throws(PluginError) {
    let extents: [Int] = try reader.read()
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 1, !overflow else { throw WireReader.garbled }
      count = product
    }
    self.init(extents)
  }
}

extension ElementType: WireValue {}

extension Value: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(id)
    try writer.write(shape, elementType)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(id: try reader.read(), shape: try reader.read(), elementType: try reader.read())
  }
}

extension Operation: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    let encoded = encoded
    try writer.write(encoded.code)
    try writer.write(encoded.integers, encoded.reals)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let encoded = EncodedOperation(
      code: try reader.read(), integers: try reader.read(), reals: try reader.read())
    guard let operation = Operation(encoded), operation.isCountable else {
      throw WireReader.garbled
    }
    self = operation
  }
}

extension SourceLocation: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(description) }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(String.self))
  }
}

extension GraphError: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(message, location)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(), at: try reader.read())
  }
}

extension Initializer: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    let (code, a, b): (UInt8, Float, Float) =
      switch self {
      case .constant(let value): (0, value, 0)
      case .normal(let mean, let standardDeviation): (1, mean, standardDeviation)
      case .uniform(let least, let greatest): (2, least, greatest)
      }
    try writer.write(code)
    try writer.write(a, b)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let code: UInt8 = try reader.read()
    let a: Float = try reader.read()
    let b: Float = try reader.read()
    switch code {
    case 0: self = .constant(a)
    case 1: self = .normal(mean: a, standardDeviation: b)
    case 2: self = .uniform(a, b)
    default: throw WireReader.garbled
    }
  }
}

extension ParameterDeclaration: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(name, shape)
    try writer.write(initializer, decays)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(), try reader.read(), try reader.read(), decays: try reader.read())
  }
}
