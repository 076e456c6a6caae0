import PluginSDK

extension PluginStatus: WireValue {}

extension PluginError: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(status, message)
    try writer.write(plugin)
    try writer.write(batchIndex)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(), try reader.read(), plugin: try reader.read())
    batchIndex = try reader.read()
  }
}

extension PluginHostError.Code: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(Self.allCases.firstIndex(of: self) ?? 0)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let index: Int = try reader.read()
    guard Self.allCases.indices.contains(index) else { throw WireReader.garbled }
    self = Self.allCases[index]
  }
}

extension PluginHostError: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(code, message) }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(try reader.read(), try reader.read())
  }
}
