import GraphLanguage
import PluginSDK

extension ConcatenatedLists: WireValue where Element: WireNumber {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(offsets, elements)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let offsets: [Int] = try reader.read()
    guard let lists = Self(elements: try reader.read(), offsets: offsets) else {
      throw WireReader.garbled
    }
    self = lists
  }
}

extension ModelDimensions: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(vocabulary, context)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(vocabulary: try reader.read(), context: try reader.read())
  }
}

extension ParameterCount: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(total, embedding)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(total: try reader.read(), embedding: try reader.read())
  }
}

extension ParameterInfo: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(name)
    try writer.write(shape, decays)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(name: try reader.read(), shape: try reader.read(), decays: try reader.read())
  }
}

extension OptimizerState: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(name)
    try writer.write(shape, initialValue)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(), try reader.read(), initialValue: try reader.read())
  }
}

extension UpdateInputs: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(parameter, gradient)
    try writer.write(states)
    try writer.write(step, learningRate)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(
      parameter: try reader.read(), gradient: try reader.read(), states: try reader.read(),
      step: try reader.read(), learningRate: try reader.read())
  }
}

extension MixingProgress: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(tokensDrawn, tokensPlanned)
    try writer.write(sourceTokensDrawn)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(
      tokensDrawn: try reader.read(), tokensPlanned: try reader.read(),
      sourceTokensDrawn: try reader.read())
  }
}

extension LawRole: WireValue {}

extension LawParameter: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(name, role)
    try writer.write(bounds, unit)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(
      try reader.read(), try reader.read(), bounds: try reader.read(), unit: try reader.read())
  }
}

extension LawPrediction: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(losses, gradients)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(losses: try reader.read(), gradients: try reader.read())
  }
}

extension Allocation: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(parameters, tokens)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(parameters: try reader.read(), tokens: try reader.read())
  }
}
